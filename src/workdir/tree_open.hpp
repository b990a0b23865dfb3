// Opening one path beneath a directory descriptor without following a symbolic link: what TreeRoot
// is made of. Linux' openat2 does it in one call; where kernel or sandbox lack that, a walk by
// components does.
#pragma once

#include <string>
#include <string_view>

#include "base/fd.hpp"
#include "cairn/result.hpp"

namespace cairn::workdir::detail {

// `path` is relative and plain (is_plain_path), or "" for the directory itself. The descriptor is
// invalid on failure, with errno set: ELOOP when a link stands at the path or in it.
base::Fd open_beneath(int root_fd, const std::string& path, int flags);
// One component, an existing directory, as O_PATH; errno as above.
base::Fd open_child_directory(int parent_fd, const std::string& name);

// Relative, '/'-separated, without an empty, "." or ".." component or a NUL.
bool is_plain_path(std::string_view path);
Error plain_path_error(std::string_view path);
// errno_error, but a link in the way is a kConflict (slug "link-in-path").
Error tree_error(std::string_view doing, std::string_view path, int error_number);

// Tests run the walk on any kernel. Applies to later calls.
enum class Resolver { kBest, kWalkOnly };
void choose_resolver(Resolver resolver);

}  // namespace cairn::workdir::detail
