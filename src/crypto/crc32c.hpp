// CRC-32C (Castagnoli, reflected 0x82f63b78), SSE4.2 when present, else slicing tables.
// crc32c({}) = 0; extend(crc32c(a), b) = crc32c(a ‖ b).
#pragma once

#include <cstdint>

#include "base/bytes.hpp"

namespace cairn::crypto {

std::uint32_t crc32c(base::ByteView bytes);
std::uint32_t crc32c_extend(std::uint32_t crc, base::ByteView bytes);
// crc32c(a ‖ b) from the checksums of both and the length of b, without their bytes.
std::uint32_t crc32c_join(std::uint32_t crc_a, std::uint32_t crc_b, std::uint32_t bytes_b);

}  // namespace cairn::crypto
