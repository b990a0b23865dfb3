// Aliases: how commits from before a move to cairn find their data. `.cairn/aliases/<path>/<name>`
// with the suffix of pointers is a pointer to the data that such a commit names `<name>` in its own
// way at `<path>` (cairn-import(1), ALIASES). They lie in git like all pointers, so that push, gc
// and check keep their data; they are no part of the tree.
#pragma once

#include <string>
#include <vector>

#include "repo/repository.hpp"

namespace cairn::repo {

// Without the suffix, like the path of anything tracked.
std::string alias_path(const std::string& path, const std::string& name);
// The path of the data that an alias stands for; any other path is its own.
std::string data_path_of(const std::string& tracked);

Result<bool> has_aliases(const Repository& repository);
Result<std::optional<Tracked>> find_alias(const Repository& repository, const std::string& path,
                                          const std::string& name);

// What a commit names in the way of DVC or git-lfs at paths that `tracked` does not have, as far as
// there are aliases. Files that are not valid name nothing.
Result<std::vector<Tracked>> tracked_by_alias(const Repository& repository,
                                              const std::string& commit,
                                              const std::vector<Tracked>& tracked);

}  // namespace cairn::repo
