// With zstd_frame.cpp the only file that uses zstd's experimental interface, for
// literalCompressionMode.
#define ZSTD_STATIC_LINKING_ONLY
#include "codec/zstd_coder.hpp"

#include <zstd.h>

#include <bit>
#include <new>

#include "codec/zstd_frame.hpp"

namespace cairn::codec {
namespace {

constexpr int kPatchWindowLog = std::bit_width(kMaxWindowBytes) - 1;

}  // namespace

struct ZstdCompressor::State {
  struct Free {
    void operator()(ZSTD_CCtx* freed) const { ZSTD_freeCCtx(freed); }
  };
  std::unique_ptr<ZSTD_CCtx, Free> context{ZSTD_createCCtx()};

  bool set(ZSTD_cParameter parameter, int value) {
    return ZSTD_isError(ZSTD_CCtx_setParameter(context.get(), parameter, value)) == 0;
  }
  bool set_up(int level, base::ByteView prefix);
};

bool ZstdCompressor::State::set_up(int level, base::ByteView prefix) {
  ZSTD_CCtx_reset(context.get(), ZSTD_reset_session_and_parameters);
  bool fine = set(ZSTD_c_compressionLevel, level) && set(ZSTD_c_contentSizeFlag, 1) &&
              // No checksum: records carry a CRC-32C and chunks a SHA-256.
              set(ZSTD_c_checksumFlag, 0) && set(ZSTD_c_dictIDFlag, 0);
  if (level == kEntropyOnlyLevel) fine &= set(ZSTD_c_literalCompressionMode, ZSTD_ps_enable);
  if (prefix.empty()) return fine;
  // Else matches would not reach the beginning of a prefix that is longer than `plain`.
  fine &= set(ZSTD_c_windowLog, kPatchWindowLog);
  return fine &&
         ZSTD_isError(ZSTD_CCtx_refPrefix(context.get(), prefix.data(), prefix.size())) == 0;
}

ZstdCompressor::ZstdCompressor() : state_(std::make_unique<State>()) {
  if (!state_->context) throw std::bad_alloc();
}
ZstdCompressor::~ZstdCompressor() = default;
ZstdCompressor::ZstdCompressor(ZstdCompressor&&) noexcept = default;

std::size_t ZstdCompressor::bound(std::size_t plain_bytes) {
  return ZSTD_compressBound(plain_bytes);
}

std::optional<std::size_t> ZstdCompressor::compress(base::ByteView plain, int level,
                                                    std::span<std::uint8_t> out,
                                                    base::ByteView prefix) {
  if (!state_->set_up(level, prefix)) return std::nullopt;
  const std::size_t written =
      ZSTD_compress2(state_->context.get(), out.data(), out.size(), plain.data(), plain.size());
  if (ZSTD_isError(written)) return std::nullopt;
  return written;
}

struct ZstdDecompressor::State {
  struct Free {
    void operator()(ZSTD_DCtx* freed) const { ZSTD_freeDCtx(freed); }
  };
  std::unique_ptr<ZSTD_DCtx, Free> context{ZSTD_createDCtx()};
};

ZstdDecompressor::ZstdDecompressor() : state_(std::make_unique<State>()) {
  if (!state_->context) throw std::bad_alloc();
}
ZstdDecompressor::~ZstdDecompressor() = default;
ZstdDecompressor::ZstdDecompressor(ZstdDecompressor&&) noexcept = default;

Status ZstdDecompressor::decompress(base::ByteView frame, std::span<std::uint8_t> plain,
                                    base::ByteView prefix) {
  CAIRN_CHECK(check_zstd_frame(frame, plain.size()));
  ZSTD_DCtx* const context = state_->context.get();
  // A prefix holds for one frame, and is forgotten if that frame fails.
  ZSTD_DCtx_reset(context, ZSTD_reset_session_and_parameters);
  if (!prefix.empty()) {
    const std::size_t status = ZSTD_DCtx_refPrefix(context, prefix.data(), prefix.size());
    if (ZSTD_isError(status)) throw std::bad_alloc();
  }
  // The destination is the window, so memory is bounded by `plain` whatever the frame says.
  const std::size_t written =
      ZSTD_decompressDCtx(context, plain.data(), plain.size(), frame.data(), frame.size());
  if (ZSTD_isError(written)) {
    return Error(Code::kCorrupt, std::string("bad zstd payload: ") + ZSTD_getErrorName(written));
  }
  if (written != plain.size()) {
    return Error(Code::kCorrupt, "bad zstd payload: shorter than the frame names");
  }
  return {};
}

}  // namespace cairn::codec
