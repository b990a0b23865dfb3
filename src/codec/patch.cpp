#include "codec/patch.hpp"

namespace cairn::codec {

std::optional<base::ByteView> PatchPrefix::join(std::span<const base::ByteView> bases) {
  if (bases.empty() || bases.size() > kMaxPatchBases) return std::nullopt;
  std::size_t total = 0;
  for (const auto& base : bases) {
    if (base.size() > kMaxPrefixBytes - total) return std::nullopt;
    total += base.size();
  }
  if (bases.size() == 1) return bases.front();
  joined_.clear();
  joined_.reserve(total);
  for (const auto& base : bases) joined_.insert(joined_.end(), base.begin(), base.end());
  return base::ByteView(joined_);
}

std::optional<std::size_t> encode_patch(ZstdCompressor& zstd, base::ByteView plain,
                                        base::ByteView prefix, int level,
                                        std::span<std::uint8_t> out) {
  return zstd.compress(plain, level, out, prefix);
}

Status decode_patch(ZstdDecompressor& zstd, PatchPrefix& prefix, base::ByteView payload,
                    std::span<const base::ByteView> bases, std::span<std::uint8_t> plain) {
  const auto joined = prefix.join(bases);
  if (!joined) {
    return Error(Code::kCorrupt, "bad patch: it needs 1 to 8 bases of at most 1 MiB together");
  }
  return zstd.decompress(payload, plain, *joined);
}

}  // namespace cairn::codec
