// Paths as one word of a line to type.
#pragma once

#include <string>

#include "base/text.hpp"

namespace cairn::hooks {

inline std::string quoted(const std::string& path) { return "'" + base::printable(path) + "'"; }

}  // namespace cairn::hooks
