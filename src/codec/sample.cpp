#include "codec/sample.hpp"

#include <array>
#include <cmath>

namespace cairn::codec {

base::Bytes take_sample(base::ByteView plain) {
  if (plain.size() <= kSampleCount * kSampleBytes) return {plain.begin(), plain.end()};
  const std::size_t stride = (plain.size() - kSampleBytes) / (kSampleCount - 1);
  base::Bytes sample;
  sample.reserve(kSampleCount * kSampleBytes);
  for (std::size_t i = 0; i < kSampleCount; ++i) {
    const auto piece = plain.subspan(i * stride, kSampleBytes);
    sample.insert(sample.end(), piece.begin(), piece.end());
  }
  return sample;
}

double entropy_bits(base::ByteView bytes) {
  std::array<std::array<std::uint32_t, 256>, 4> counts{};  // apart, so that equal neighbours don't wait for each other
  for (std::size_t i = 0; i < bytes.size(); ++i) ++counts[i % 4][bytes[i]];
  const auto total = static_cast<double>(bytes.size());
  double bits = 0;
  for (std::size_t b = 0; b < 256; ++b) {
    const std::uint32_t count = counts[0][b] + counts[1][b] + counts[2][b] + counts[3][b];
    if (count > 0) bits -= count * std::log2(count / total);
  }
  return bytes.empty() ? 0 : bits / total;
}

}  // namespace cairn::codec
