#include "codec/difference.hpp"

namespace cairn::codec {

std::optional<base::Bytes> encode_difference(PlanesEncoder& planes, base::ByteView plain,
                                             WordShape shape, base::ByteView base,
                                             ZstdCompressor& zstd) {
  if (base.size() != plain.size()) return std::nullopt;
  shape.rotate = false;  // zigzag puts the sign last by itself
  return planes.encode(plain, shape, base, zstd);
}

Status decode_difference(PlanesDecoder& planes, base::ByteView payload,
                         std::span<const base::ByteView> bases, std::span<std::uint8_t> plain,
                         ZstdDecompressor& zstd) {
  if (bases.size() != 1) return Error(Code::kCorrupt, "bad difference: it needs exactly one base");
  if (bases.front().size() != plain.size()) {
    return Error(Code::kCorrupt, "bad difference: its base has another length");
  }
  return planes.decode(payload, bases.front(), plain, zstd);
}

}  // namespace cairn::codec
