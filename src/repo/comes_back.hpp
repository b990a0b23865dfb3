// Whether files of the version that was checked out here could be brought back once they are gone
// from the tree. An unmodified file usually can; not so when the store lost it and no remote has
// it.
#pragma once

#include <string>
#include <vector>

#include "repo/repository.hpp"
#include "repo/tree_state.hpp"
#include "sync/gaps.hpp"

namespace cairn::repo {

// Whether all chunks of an entry are here; its recipe is read, no data.
Result<bool> has_data(const sync::Holdings& here, const format::ManifestEntry& entry);

// Of `nodes` (ascending places of files in `local` that are as the version checked out here has
// them), those of which nothing else is known to have the data: neither is it here, with the list
// that names it, nor does a version hold it that a remote was seen to have.
Result<std::vector<std::size_t>> last_copies(const Repository& repository,
                                             const sync::Holdings& here, const LocalTree& local,
                                             std::vector<std::size_t> nodes);

}  // namespace cairn::repo
