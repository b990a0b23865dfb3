// Numbers as they lie in checkpoints, for the tests of codecs.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>
#include <random>

#include "base/bytes.hpp"

namespace cairn::codec {

// Weights of a normal distribution, as fp32.
inline std::vector<float> sample_weights(std::size_t count, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<float> normal(0, 0.02F);
  std::vector<float> weights(count);
  for (float& weight : weights) weight = normal(random);
  return weights;
}

// The same after some steps of training: each weight moved by about `relative` of itself.
inline std::vector<float> trained_on(std::vector<float> weights, float relative,
                                     std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<float> normal(0, relative);
  for (float& weight : weights) weight *= 1 + normal(random);
  return weights;
}

inline base::Bytes fp32_bytes(const std::vector<float>& weights) {
  base::Bytes bytes(4 * weights.size());
  if (!weights.empty()) std::memcpy(bytes.data(), weights.data(), bytes.size());
  return bytes;
}

// Rounded to the nearest bf16.
inline base::Bytes bf16_bytes(const std::vector<float>& weights) {
  base::Bytes bytes;
  for (const float weight : weights) {
    std::uint32_t bits;
    std::memcpy(&bits, &weight, 4);
    bits += 0x7fff + (bits >> 16 & 1);
    bytes.push_back(static_cast<std::uint8_t>(bits >> 16));
    bytes.push_back(static_cast<std::uint8_t>(bits >> 24));
  }
  return bytes;
}

}  // namespace cairn::codec
