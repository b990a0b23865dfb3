// What a commit takes over from the commits it builds on: a merge brings files of both sides whose
// data need not be in this clone, and a partly checked out folder keeps files that never were here.
#pragma once

#include "format/tree.hpp"
#include "repo/repository.hpp"
#include "sync/gaps.hpp"

namespace cairn::hooks {

// Commits that the one being made builds on: HEAD, and the heads of an unfinished merge or
// cherry-pick.
Result<std::vector<std::string>> parent_commits(const repo::Repository& repository);

// Selects the files (paths from the top) that no parent has as they are in `tracked`. Everything
// where the lists of no parent are here.
Result<sync::Wants> files_not_inherited(const repo::Repository& repository,
                                        const repo::Tracked& tracked,
                                        const format::PageFetch& fetch);

}  // namespace cairn::hooks
