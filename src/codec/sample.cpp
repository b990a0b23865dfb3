#include "codec/sample.hpp"

#include <array>
#include <cmath>

namespace cairn::codec {

base::Bytes take_sample(base::ByteView plain) {
  if (plain.size() <= kSampleCount * kSampleBytes) return {plain.begin(), plain.end()};
  const std::size_t last = plain.size() - kSampleBytes;
  base::Bytes sample;
  sample.reserve(kSampleCount * kSampleBytes);
  for (std::size_t i = 0; i < kSampleCount; ++i) {
    const auto piece = plain.subspan(i * last / (kSampleCount - 1), kSampleBytes);
    sample.insert(sample.end(), piece.begin(), piece.end());
  }
  return sample;
}

double entropy_bits(base::ByteView bytes) {
  // Four tables, so that equal neighbours don't wait for each other.
  std::array<std::array<std::uint32_t, 256>, 4> counts{};
  base::ByteView rest = bytes;
  for (; rest.size() >= 4; rest = rest.subspan(4)) {
    const auto four = base::load_le<std::uint32_t>(rest.data());
    ++counts[0][four & 255];
    ++counts[1][four >> 8 & 255];
    ++counts[2][four >> 16 & 255];
    ++counts[3][four >> 24];
  }
  for (const std::uint8_t byte : rest) ++counts[0][byte];
  const auto total = static_cast<double>(bytes.size());
  double bits = 0;
  for (std::size_t b = 0; b < 256; ++b) {
    const std::uint32_t count = counts[0][b] + counts[1][b] + counts[2][b] + counts[3][b];
    if (count > 0) bits -= count * std::log2(count / total);
  }
  return bytes.empty() ? 0 : bits / total;
}

}  // namespace cairn::codec
