// Names of pointers and of the data beside them, and paths as one word of a line to type.
#pragma once

#include <string>
#include <string_view>

#include "base/text.hpp"

namespace cairn::hooks {

inline constexpr std::string_view kPointerSuffix = ".cairn";

// "data/images.cairn" -> "data/images"
inline std::string data_path(const std::string& pointer) {
  return pointer.substr(0, pointer.size() - kPointerSuffix.size());
}

inline std::string quoted(const std::string& path) { return "'" + base::printable(path) + "'"; }

}  // namespace cairn::hooks
