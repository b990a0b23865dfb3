// Paths that another tool's file names: put together and held to what may lie in a work tree.
#pragma once

#include <string>
#include <string_view>

#include "cairn/result.hpp"

namespace cairn::foreign {

// `path`, which is relative to `folder` (itself from the top; "" is the top), with "." and ".."
// resolved. kConflict (slug "foreign-path") where it is absolute, leaves the top or names it, or
// has a component that git or cairn take for their own.
Result<std::string> safe_path(std::string_view folder, std::string_view path);

}  // namespace cairn::foreign
