#include "codec/number_trial.hpp"

#include <algorithm>
#include <array>

#include "codec/sample.hpp"

namespace cairn::codec {
namespace {

using base::ByteView;

constexpr std::size_t kPieceBytes = std::size_t{32} << 10;  // two of them
constexpr std::size_t kLeastBytes = 4 * kPieceBytes;
constexpr int kZstdLevel = 3;
// Planes must be that much smaller: zstd gets larger frames than these pieces, and gains by that.
constexpr double kLeastGain = 0.85;
// But not where it finds next to no matches: then planes are the faster ones too.
constexpr double kCodesShare = 0.98;  // of what its codes alone take
constexpr double kLeastGainOverCodes = 0.995;
constexpr std::size_t kTextDivisor = 50;

// Text has next to no control characters, numbers have zeros and others all over.
bool looks_like_text(ByteView sample) {
  const auto is_control = [](std::uint8_t byte) {
    return byte < 0x20 && byte != '\n' && byte != '\t' && byte != '\r';
  };
  const auto controls = static_cast<std::size_t>(std::ranges::count_if(sample, is_control));
  return controls < sample.size() / kTextDivisor;
}

// Bytes below which planes are taken.
std::optional<double> bytes_to_beat(ByteView pieces, ZstdCompressor& zstd, base::Bytes& out) {
  const auto plain = zstd.compress(pieces, kZstdLevel, out);
  const auto codes = zstd.compress(pieces, kEntropyOnlyLevel, out);
  if (!plain || !codes) return std::nullopt;
  const auto bytes = static_cast<double>(*plain);
  const bool matches = bytes < static_cast<double>(*codes) * kCodesShare;
  return bytes * (matches ? kLeastGain : kLeastGainOverCodes);
}

base::Bytes pieces_of(ByteView region) {
  base::Bytes pieces;
  for (const std::size_t quarter : {1, 3}) {
    const std::size_t at = (region.size() / 4 * quarter - kPieceBytes / 2) & ~std::size_t{7};
    const auto piece = region.subspan(at, kPieceBytes);
    pieces.insert(pieces.end(), piece.begin(), piece.end());
  }
  return pieces;
}

}  // namespace

std::optional<WordShape> find_words(ByteView region, PlanesEncoder& planes, ZstdCompressor& zstd) {
  if (region.size() < kLeastBytes) return std::nullopt;
  const base::Bytes sample = take_sample(region);
  if (looks_like_text(sample) || entropy_bits(sample) > kHighEntropyBits) return std::nullopt;
  const base::Bytes pieces = pieces_of(region);
  base::Bytes out(ZstdCompressor::bound(pieces.size()));
  const auto beat = bytes_to_beat(pieces, zstd, out);
  if (!beat) return std::nullopt;
  auto least = static_cast<std::size_t>(*beat);
  std::optional<WordShape> best;
  for (const std::uint8_t width : std::array<std::uint8_t, 3>{2, 4, 8}) {
    const WordShape shape{width, 0, false};
    const auto payload = planes.encode(pieces, shape, std::nullopt, zstd);
    if (!payload || payload->size() >= least) continue;
    least = payload->size();
    best = shape;
  }
  return best;
}

}  // namespace cairn::codec
