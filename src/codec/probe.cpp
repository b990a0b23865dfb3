#include "codec/probe.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "codec/sample.hpp"

namespace cairn::codec {
namespace {

// Sampling sees fewer symbols than there are; the mean error of the entropy is this (Miller, 1955).
double sampling_bias(base::ByteView bytes) {
  std::array<bool, 256> seen{};
  for (const std::uint8_t byte : bytes) seen[byte] = true;
  const auto symbols = static_cast<double>(std::count(seen.begin(), seen.end(), true));
  return (symbols - 1) / (2 * static_cast<double>(bytes.size()) * std::log(2.0));
}

double plane_bits(base::ByteView plane) {
  const double bits = std::min(8.0, entropy_bits(plane) + sampling_bias(plane));
  return bits > kRawEntropyBits ? 8 : bits;
}

// Pieces of whole words at even distances; all of a short run.
void sample_words(base::ByteView words, std::size_t word_bytes, base::Bytes& out) {
  out.clear();
  if (words.size() <= kSampleCount * kSampleBytes) {
    out.assign(words.begin(), words.end());
    return;
  }
  for (std::size_t i = 0; i < kSampleCount; ++i) {
    const std::size_t at = (words.size() - kSampleBytes) * i / (kSampleCount - 1);
    const auto piece = words.subspan(at / word_bytes * word_bytes, kSampleBytes);
    out.insert(out.end(), piece.begin(), piece.end());
  }
}

}  // namespace

double WordProbe::share(base::ByteView plain, const WordShape& shape,
                        std::optional<base::ByteView> base) {
  const auto layout = layout_words(shape, plain.size());
  if (!layout) return 2;
  const std::size_t width = shape.word_bytes;
  const auto body = [&](base::ByteView of) {
    return of.subspan(layout->head_bytes, layout->words * width);
  };
  sample_words(body(plain), width, words_);
  if (base) sample_words(body(*base), width, base_words_);
  const std::size_t count = words_.size() / width;
  planes_.resize(words_.size());
  PlanesOut planes{};
  for (std::size_t k = 0; k < width; ++k) planes[k] = planes_.data() + k * count;
  WordChange change = shape.rotate ? WordChange::kRotate : WordChange::kNone;
  if (base) change = WordChange::kDifference;
  split_words({width, change, count, base_words_.data()}, words_.data(), planes);
  double bits = 0;
  for (std::size_t k = 0; k < width; ++k) bits += plane_bits({planes[k], count});
  return bits / 8 / static_cast<double>(width);
}

}  // namespace cairn::codec
