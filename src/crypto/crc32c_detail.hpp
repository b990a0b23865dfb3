// The fallback of crc32c.cpp, named so that tests hold the instruction against it on any processor.
#pragma once

#include <cstdint>

#include "base/bytes.hpp"

namespace cairn::crypto::detail {

std::uint32_t crc32c_extend_by_table(std::uint32_t crc, base::ByteView bytes);

}  // namespace cairn::crypto::detail
