// Payloads of codec 3: planes of what changed since a base of the same length. cairn-store(5),
// Difference.
#pragma once

#include "codec/planes.hpp"

namespace cairn::codec {

std::optional<base::Bytes> encode_difference(PlanesEncoder& planes, base::ByteView plain,
                                             WordShape shape, base::ByteView base,
                                             ZstdCompressor& zstd);

// kCorrupt unless there is exactly one base, as long as the chunk.
Status decode_difference(PlanesDecoder& planes, base::ByteView payload,
                         std::span<const base::ByteView> bases, std::span<std::uint8_t> plain,
                         ZstdDecompressor& zstd);

}  // namespace cairn::codec
