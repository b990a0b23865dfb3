// Whether bytes of which nothing is known are numbers that byte planes store smaller than zstd:
// columns of integers, pages of Parquet. Tried on two pieces, because entropy does not tell: such
// planes gain by their repetitions.
#pragma once

#include <optional>

#include "codec/planes.hpp"

namespace cairn::codec {

// About 1 ms for bytes that are neither text nor compressed, and 20 us for those.
std::optional<WordShape> find_words(base::ByteView region, PlanesEncoder& planes,
                                    ZstdCompressor& zstd);

}  // namespace cairn::codec
