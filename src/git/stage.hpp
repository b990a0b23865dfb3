// Staging that tells what it did.
#pragma once

#include <string>
#include <vector>

#include "git/git_repo.hpp"

namespace cairn::git {

// `git add`, waiting for index.lock; returns those of the paths that the index had otherwise
// before.
Result<std::vector<std::string>> stage_and_tell(const GitRepo& repo,
                                                const std::vector<std::string>& paths);

}  // namespace cairn::git
