// Where git has pointers of git-lfs.
#pragma once

#include <string>
#include <vector>

#include "foreign/lfs_pointer.hpp"
#include "repo/repository.hpp"

namespace cairn::repo {

struct LfsFile {
  std::string path;
  foreign::LfsPointer pointer;
  bool executable = false;
};

Result<std::vector<LfsFile>> lfs_in_index(const Repository& repository);  // by path
// Of a commit, at the paths that are wanted.
Result<std::vector<LfsFile>> lfs_at(const Repository& repository, const std::string& commit,
                                    const std::function<bool(const std::string& path)>& wanted);
// Every pointer of all refs once, at one of the paths where it stands or stood.
Result<std::vector<LfsFile>> lfs_in_history(const Repository& repository);

// What names it among aliases: "sha256-<digits>".
std::string lfs_name(const foreign::LfsPointer& pointer);

}  // namespace cairn::repo
