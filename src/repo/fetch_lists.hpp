// Brings the lists of files (pages) of versions that need not stand in a commit or in the tree yet:
// the sides of a merge. No file data.
#pragma once

#include <vector>

#include "repo/repository.hpp"

namespace cairn::repo {

Status fetch_lists(const Context& context, Repository& repository,
                   const std::vector<Tracked>& versions);

}  // namespace cairn::repo
