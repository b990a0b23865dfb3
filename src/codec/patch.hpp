// Payloads of codec 4: one zstd frame that may copy from the plain bytes of its bases.
// cairn-store(5), Patch.
#pragma once

#include <optional>

#include "base/bytes.hpp"
#include "cairn/result.hpp"
#include "codec/zstd_coder.hpp"

namespace cairn::codec {

inline constexpr std::size_t kMaxPatchBases = 8;
inline constexpr std::size_t kMaxPrefixBytes = std::size_t{1} << 20;

// What the bases are to a frame: their bytes in order. Nothing when there are none, more than
// kMaxPatchBases, or they are longer than kMaxPrefixBytes. One base is not copied: the view is then
// its own.
class PatchPrefix {
 public:
  std::optional<base::ByteView> join(std::span<const base::ByteView> bases);

 private:
  base::Bytes joined_;
};

// Frame in `out`, its size; nothing when zstd could not.
std::optional<std::size_t> encode_patch(ZstdCompressor& zstd, base::ByteView plain,
                                        base::ByteView prefix, int level,
                                        std::span<std::uint8_t> out);
Status decode_patch(ZstdDecompressor& zstd, PatchPrefix& prefix, base::ByteView payload,
                    std::span<const base::ByteView> bases, std::span<std::uint8_t> plain);

}  // namespace cairn::codec
