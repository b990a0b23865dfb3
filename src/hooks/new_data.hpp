// What a commit brings that none of the commits it builds on has: new and changed files of staged
// versions, and the bytes in them. Read from lists in the local store; a version whose lists are
// not here brings nothing, since the other checks name it.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "format/tree.hpp"
#include "hooks/inherited.hpp"
#include "repo/repository.hpp"
#include "store/store.hpp"

namespace cairn::hooks {

// In order of their paths. The entry's path counts from the tracked path.
Status for_each_new_file(Parents& parents, const store::Store& store, const repo::Tracked& tracked,
                         const std::function<Status(const format::ManifestEntry&)>& visit);

// Bytes of chunks before compression, each counted once, that no path of a parent has. Parents are
// read only when there are more than `limit` without that.
Result<std::uint64_t> new_bytes(Parents& parents, const store::Store& store,
                                const std::vector<repo::Tracked>& staged, std::uint64_t limit);

}  // namespace cairn::hooks
