// What a record of the local store is based on.
#pragma once

#include <vector>

#include "sync/planning.hpp"

namespace cairn::sync {

// From the record's own header. kCorrupt when it is not what the index says.
Result<std::vector<ChunkId>> local_bases_of(const store::Store& store,
                                            const store::ChunkPlace& place);

}  // namespace cairn::sync
