#include "codec/codec.hpp"

#include <algorithm>
#include <array>

#include "base/assert.hpp"
#include "codec/difference.hpp"
#include "codec/number_trial.hpp"
#include "codec/patch.hpp"
#include "codec/probe.hpp"
#include "codec/sample.hpp"
#include "codec/zstd_coder.hpp"
#include "codec/zstd_frame.hpp"

namespace cairn::codec {
namespace {

using base::Bytes;
using base::ByteView;

constexpr std::array<std::string_view, 5> kCodecNames = {"raw", "zstd", "planes", "difference",
                                                         "patch"};
constexpr std::size_t kBaseIdBytes = 32;  // what a base costs in its record, and again in tables
constexpr double kDifferenceGain = 0.99;  // of the direct estimate
constexpr double kPlanesShare = 0.97;     // above, planes do not pay
constexpr double kZstdLead = 0.01;        // zstd must be that much better than planes
constexpr std::size_t kClearPatchDivisor = 8;  // a patch this small needs no comparison with zstd

int zstd_level(Effort effort) {
  switch (effort) {
    case Effort::kFast:
      return 1;
    case Effort::kNormal:
      return 3;
    case Effort::kRepack:
      return 9;
  }
  CAIRN_ASSERT(false);
}

Status decode_raw(ByteView payload, std::span<std::uint8_t> plain) {
  if (payload.size() != plain.size()) {
    return Error(Code::kCorrupt, "raw payload has another length than its record names");
  }
  std::copy(payload.begin(), payload.end(), plain.begin());
  return {};
}

}  // namespace

std::string codec_name(std::uint8_t codec) {
  if (codec < kCodecNames.size()) return std::string(kCodecNames[codec]);
  return "codec " + std::to_string(codec);
}

// ---- decoding
// ------------------------------------------------------------------------------------

struct Decoder::State {
  ZstdDecompressor zstd;
  PlanesDecoder planes;
  PatchPrefix prefix;
};

Decoder::Decoder() : state_(std::make_unique<State>()) {}
Decoder::~Decoder() = default;
Decoder::Decoder(Decoder&&) noexcept = default;

Status Decoder::decode(std::uint8_t codec, ByteView payload, std::span<std::uint8_t> plain,
                       std::span<const ByteView> bases) {
  State& state = *state_;
  switch (CodecId{codec}) {
    case CodecId::kRaw:
      return decode_raw(payload, plain);
    case CodecId::kZstd:
      return state.zstd.decompress(payload, plain);
    case CodecId::kPlanes:
      return state.planes.decode(payload, std::nullopt, plain, state.zstd);
    case CodecId::kDifference:
      return decode_difference(state.planes, payload, bases, plain, state.zstd);
    case CodecId::kPatch:
      return decode_patch(state.zstd, state.prefix, payload, bases, plain);
  }
  return Error(Code::kTooNew, "the data is stored with " + codec_name(codec) +
                                  ", which this version of cairn can't read");
}

// ---- encoding
// ------------------------------------------------------------------------------------

struct Encoder::State {
  ZstdCompressor zstd;
  PlanesEncoder planes;
  WordProbe probe;
  PatchPrefix prefix;
  Decoder decoder;
  Bytes compressed;  // buffers grow to the largest record and stay
  Bytes decoded;

  std::span<std::uint8_t> room_for(std::size_t plain_bytes);
  std::optional<std::size_t> compress(ByteView plain, int level);
  bool looks_compressed(ByteView plain);
  bool decodes_to(ByteView plain, CodecId codec, ByteView payload,
                  std::span<const ByteView> bases = {});

  Encoded encode_plain(ByteView plain, Effort effort);
  std::optional<Encoded> encode_words(ByteView plain, const WordShape& shape,
                                      std::optional<ByteView> twin);
  std::optional<Encoded> encode_planes(ByteView plain, const WordShape& shape);
  std::optional<Encoded> encode_bases(ByteView plain, Effort effort,
                                      std::span<const ByteView> bases);
};

std::span<std::uint8_t> Encoder::State::room_for(std::size_t plain_bytes) {
  const std::size_t bound = ZstdCompressor::bound(plain_bytes);
  if (compressed.size() < bound) compressed.resize(bound);
  return compressed;
}

// Bytes written to `compressed`, or nothing when zstd could not (no memory).
std::optional<std::size_t> Encoder::State::compress(ByteView plain, int level) {
  return zstd.compress(plain, level, room_for(plain.size()));
}

bool Encoder::State::looks_compressed(ByteView plain) {
  if (plain.size() <= kSampleCount * kSampleBytes) return false;  // compressing it tells as fast
  const Bytes sample = take_sample(plain);
  if (entropy_bits(sample) <= kHighEntropyBits) return false;
  const auto trial = compress(sample, zstd_level(Effort::kFast));
  return !trial || *trial >= sample.size();
}

// What does not decode to `plain` (faulty memory, a bug here or in zstd) must never be stored.
bool Encoder::State::decodes_to(ByteView plain, CodecId codec, ByteView payload,
                                std::span<const ByteView> bases) {
  if (decoded.size() < plain.size()) decoded.resize(plain.size());
  const std::span<std::uint8_t> out(decoded.data(), plain.size());
  return decoder.decode(static_cast<std::uint8_t>(codec), payload, out, bases).ok() &&
         std::equal(plain.begin(), plain.end(), out.begin());
}

// Raw needs no decoder, so it is what remains when anything else fails.
Encoded Encoder::State::encode_plain(ByteView plain, Effort effort) {
  if (looks_compressed(plain)) return {};
  const auto written = compress(plain, zstd_level(effort));
  if (!written || !saves_enough(*written, plain.size())) return {};
  const ByteView payload(compressed.data(), *written);
  if (!decodes_to(plain, CodecId::kZstd, payload)) return {};
  // One copy of the compressed bytes: a fresh zeroed buffer of the bound for each record is dearer.
  return {CodecId::kZstd, Bytes(payload.begin(), payload.end())};
}

std::optional<Encoded> Encoder::State::encode_words(ByteView plain, const WordShape& shape,
                                                    std::optional<ByteView> twin) {
  const double direct = probe.share(plain, shape, std::nullopt);
  const double difference = twin ? probe.share(plain, shape, twin) : 2;
  const Bytes sample = take_sample(plain);
  const auto trial = compress(sample, zstd_level(Effort::kFast));
  const double zstd_share = static_cast<double>(trial.value_or(sample.size())) /
                            static_cast<double>(std::max<std::size_t>(sample.size(), 1));
  if (zstd_share + kZstdLead < std::min(direct, difference)) return std::nullopt;
  if (twin && difference < kDifferenceGain * direct) {
    auto payload = encode_difference(planes, plain, shape, *twin, zstd);
    if (payload && saves_enough(payload->size() + kBaseIdBytes, plain.size()) &&
        decodes_to(plain, CodecId::kDifference, *payload, std::span(&*twin, 1))) {
      return Encoded{CodecId::kDifference, *std::move(payload)};
    }
  }
  if (direct >= kPlanesShare) return std::nullopt;
  return encode_planes(plain, shape);
}

std::optional<Encoded> Encoder::State::encode_planes(ByteView plain, const WordShape& shape) {
  auto payload = planes.encode(plain, shape, std::nullopt, zstd);
  if (!payload || !saves_enough(payload->size(), plain.size())) return std::nullopt;
  if (!decodes_to(plain, CodecId::kPlanes, *payload)) return std::nullopt;
  return Encoded{CodecId::kPlanes, *std::move(payload)};
}

std::optional<Encoded> Encoder::State::encode_bases(ByteView plain, Effort effort,
                                                    std::span<const ByteView> bases) {
  const auto joined = prefix.join(bases);
  if (!joined) return std::nullopt;
  const auto written =
      encode_patch(zstd, plain, *joined, zstd_level(effort), room_for(plain.size()));
  const std::size_t ids = kBaseIdBytes * bases.size();
  if (!written || !saves_enough(*written + ids, plain.size())) return std::nullopt;
  const ByteView payload(compressed.data(), *written);
  if (!decodes_to(plain, CodecId::kPatch, payload, bases)) return std::nullopt;
  Encoded patch{CodecId::kPatch, Bytes(payload.begin(), payload.end())};
  if (*written + ids <= plain.size() / kClearPatchDivisor) return patch;
  const auto alone = compress(plain, zstd_level(effort));
  if (alone && !saves_enough(*written + ids, *alone)) return std::nullopt;
  return patch;
}

std::optional<WordShape> shape_of_payload(std::uint8_t codec, ByteView payload) {
  const bool difference = codec == static_cast<std::uint8_t>(CodecId::kDifference);
  if (!difference && codec != static_cast<std::uint8_t>(CodecId::kPlanes)) return std::nullopt;
  auto shape = shape_of_planes(payload);
  if (shape) shape->rotate = shape->rotate || difference;
  return shape;
}

Encoder::Encoder() : state_(std::make_unique<State>()) {}
Encoder::~Encoder() = default;
Encoder::Encoder(Encoder&&) noexcept = default;

Encoded Encoder::encode(ByteView plain, Effort effort) { return encode(plain, effort, {}); }

Encoded Encoder::encode(ByteView plain, Effort effort, const EncodeHints& hints) {
  CAIRN_ASSERT(plain.size() <= kMaxWindowBytes);  // a larger frame would be refused by every reader
  CAIRN_ASSERT(!hints.twin || hints.twin->size() == plain.size());
  if (hints.words) {
    if (auto encoded = state_->encode_words(plain, *hints.words, hints.twin)) {
      return *std::move(encoded);
    }
  }
  if (!hints.bases.empty()) {
    if (auto encoded = state_->encode_bases(plain, effort, hints.bases)) return *std::move(encoded);
  }
  if (hints.found) {
    if (auto encoded = state_->encode_planes(plain, *hints.found)) return *std::move(encoded);
  }
  return state_->encode_plain(plain, effort);
}

std::optional<WordShape> Encoder::find_words(ByteView region) {
  return codec::find_words(region, state_->planes, state_->zstd);
}

}  // namespace cairn::codec
