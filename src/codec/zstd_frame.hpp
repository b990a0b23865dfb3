// What a zstd payload must look like before anything is decoded from it.
#pragma once

#include <cstddef>

#include "base/bytes.hpp"
#include "cairn/result.hpp"

namespace cairn::codec {

inline constexpr std::size_t kMaxWindowBytes = std::size_t{2} << 20;

// Exactly one frame fills `payload`; it names `plain_bytes` as its content size, no dictionary and
// a window of at most kMaxWindowBytes. Anything else is kCorrupt.
Status check_zstd_frame(base::ByteView payload, std::size_t plain_bytes);

}  // namespace cairn::codec
