// What git is told about pointers in one clone: who merges them and how a diff shows them. The
// settings stand in the clone's own git config, because git takes no commands from a committed
// file; the attributes that name them (`*.cairn … diff=cairn merge=cairn`) are committed.
#pragma once

#include <string>

#include "cairn/result.hpp"
#include "git/git_repo.hpp"

namespace cairn::repo {

inline constexpr const char* kPointerAttributes = "*.cairn text eol=lf diff=cairn merge=cairn";

// Shell lines for git config. `program` is an absolute path that may be gone after an upgrade, and
// PATH may lack the program (git in a graphical client): each is tried for the other. Without any,
// a merge is a conflict with marks and a diff shows the pointer's text. Empty: PATH alone.
std::string merge_driver_line(const std::string& program);
std::string textconv_line(const std::string& program);

// Writes merge.cairn.* and diff.cairn.textconv into the clone's config, where they are not so
// already.
Status set_up_drivers(const git::GitRepo& git, const std::string& program);

// Whether git knows a merge driver and a textconv for pointers here, whichever they are.
Result<bool> has_drivers(const git::GitRepo& git);

// The text of .gitattributes with the line for pointers (an older form of it is replaced in place),
// and one for .gitignore where none is there.
std::string with_pointer_attributes(std::string_view text);

}  // namespace cairn::repo
