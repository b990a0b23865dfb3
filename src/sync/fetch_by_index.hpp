// Fetching chunks by their ids alone: wherever the index objects say that a copy is. The way out
// when a root's places are stale or its packs are damaged, and what fsck repairs from.
#pragma once

#include <span>

#include "sync/arrivals.hpp"

namespace cairn::sync {

// Tries every copy of each; what was not found is left out. Does not commit.
Status fetch_by_index(const RemoteView& view, Arrivals& arrivals, std::span<const ChunkId> chunks);

}  // namespace cairn::sync
