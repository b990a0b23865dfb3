// Sparse checkouts: what git's index has and keeps out of the work tree.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "git/git_repo.hpp"

namespace cairn::git {

// Whether this work tree is one.
Result<bool> is_sparse(const GitRepo& repo);

// The text of a small file that is kept out; nothing where it is not, or where there is no such
// file.
Result<std::optional<std::string>> text_kept_out(const GitRepo& repo, const std::string& path);

// All files that are kept out and whose names end so, sorted.
Result<std::vector<std::string>> kept_out(const GitRepo& repo, const std::string& ending);

// `git add` of paths that a sparse checkout leaves out fails: the same in cairn's words.
Error outside_sparse(Error error);

}  // namespace cairn::git
