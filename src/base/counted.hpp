// Counts with their nouns, for messages.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/text.hpp"

namespace cairn::base {

// "1 file", "4 123 files"
inline std::string counted(std::uint64_t count, std::string_view noun) {
  return human_count(count) + " " + std::string(noun) + (count == 1 ? "" : "s");
}

}  // namespace cairn::base
