#include "codec/codec.hpp"

#include <zstd.h>

#include <algorithm>
#include <array>
#include <new>
#include <optional>

#include "base/assert.hpp"
#include "codec/sample.hpp"
#include "codec/zstd_frame.hpp"

namespace cairn::codec {
namespace {

using base::Bytes;
using base::ByteView;

constexpr std::array<std::string_view, 5> kCodecNames = {"raw", "zstd", "planes", "difference",
                                                         "patch"};

// Compression that saves less than 3 % costs every reader time for nothing.
bool saves_enough(std::size_t stored_bytes, std::size_t plain_bytes) {
  return stored_bytes * 100 < plain_bytes * 97;
}

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

Status decode_zstd(ZSTD_DCtx* context, ByteView payload, std::span<std::uint8_t> plain) {
  CAIRN_CHECK(check_zstd_frame(payload, plain.size()));
  // The destination is the window, so memory is bounded by `plain` whatever the frame says.
  const std::size_t written =
      ZSTD_decompressDCtx(context, plain.data(), plain.size(), payload.data(), payload.size());
  if (ZSTD_isError(written)) {
    return Error(Code::kCorrupt, std::string("bad zstd payload: ") + ZSTD_getErrorName(written));
  }
  if (written != plain.size()) {
    return Error(Code::kCorrupt, "bad zstd payload: shorter than the frame names");
  }
  return {};
}

}  // namespace

std::string codec_name(std::uint8_t codec) {
  if (codec < kCodecNames.size()) return std::string(kCodecNames[codec]);
  return "codec " + std::to_string(codec);
}

struct Decoder::State {
  struct Free {
    void operator()(ZSTD_DCtx* freed) const { ZSTD_freeDCtx(freed); }
  };
  std::unique_ptr<ZSTD_DCtx, Free> context{ZSTD_createDCtx()};
};

Decoder::Decoder() : state_(std::make_unique<State>()) {
  if (!state_->context) throw std::bad_alloc();
}
Decoder::~Decoder() = default;
Decoder::Decoder(Decoder&&) noexcept = default;

Status Decoder::decode(std::uint8_t codec, ByteView payload, std::span<std::uint8_t> plain) {
  switch (CodecId{codec}) {
    case CodecId::kRaw:
      return decode_raw(payload, plain);
    case CodecId::kZstd:
      return decode_zstd(state_->context.get(), payload, plain);
    case CodecId::kPlanes:
    case CodecId::kDifference:
    case CodecId::kPatch:
      break;
  }
  return Error(Code::kTooNew, "the data is stored with " + codec_name(codec) +
                                  ", which this version of cairn can't read");
}

struct Encoder::State {
  struct Free {
    void operator()(ZSTD_CCtx* freed) const { ZSTD_freeCCtx(freed); }
  };
  std::unique_ptr<ZSTD_CCtx, Free> context{ZSTD_createCCtx()};
  Decoder decoder;
  Bytes compressed;  // buffers grow to the largest record and stay
  Bytes decoded;

  // Bytes written to `compressed`, or nothing when zstd could not (no memory).
  std::optional<std::size_t> compress(ByteView plain, int level);
  bool looks_compressed(ByteView plain);
  bool decodes_to(ByteView plain, ByteView payload);
};

std::optional<std::size_t> Encoder::State::compress(ByteView plain, int level) {
  const std::size_t bound = ZSTD_compressBound(plain.size());
  if (compressed.size() < bound) compressed.resize(bound);
  ZSTD_CCtx_reset(context.get(), ZSTD_reset_session_and_parameters);
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, level);
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_contentSizeFlag, 1);
  // No checksum: records carry a CRC-32C and chunks a SHA-256.
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_checksumFlag, 0);
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_dictIDFlag, 0);
  const std::size_t written = ZSTD_compress2(context.get(), compressed.data(), compressed.size(),
                                             plain.data(), plain.size());
  if (ZSTD_isError(written)) return std::nullopt;
  return written;
}

bool Encoder::State::looks_compressed(ByteView plain) {
  if (plain.size() <= kSampleCount * kSampleBytes) return false;  // compressing it tells as fast
  const Bytes sample = take_sample(plain);
  if (entropy_bits(sample) <= kHighEntropyBits) return false;
  const auto trial = compress(sample, zstd_level(Effort::kFast));
  return !trial || *trial >= sample.size();
}

bool Encoder::State::decodes_to(ByteView plain, ByteView payload) {
  if (decoded.size() < plain.size()) decoded.resize(plain.size());
  const std::span<std::uint8_t> out(decoded.data(), plain.size());
  const auto codec = static_cast<std::uint8_t>(CodecId::kZstd);
  return decoder.decode(codec, payload, out).ok() &&
         std::equal(plain.begin(), plain.end(), out.begin());
}

Encoder::Encoder() : state_(std::make_unique<State>()) {
  if (!state_->context) throw std::bad_alloc();
}
Encoder::~Encoder() = default;
Encoder::Encoder(Encoder&&) noexcept = default;

Encoded Encoder::encode(ByteView plain, Effort effort) {
  CAIRN_ASSERT(plain.size() <= kMaxWindowBytes);  // a larger frame would be refused by every reader
  State& state = *state_;
  if (state.looks_compressed(plain)) return {};
  const auto written = state.compress(plain, zstd_level(effort));
  if (!written || !saves_enough(*written, plain.size())) return {};
  const ByteView payload(state.compressed.data(), *written);
  // A frame that does not decode to `plain` (faulty memory, a bug in zstd) must never be stored;
  // raw needs no decoder.
  if (!state.decodes_to(plain, payload)) return {};
  // One copy of the compressed bytes: a fresh zeroed buffer of the bound for each record is dearer.
  return {CodecId::kZstd, Bytes(payload.begin(), payload.end())};
}

}  // namespace cairn::codec
