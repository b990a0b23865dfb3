// Choosing what leaves a store that is to take less space although versions still need it: chunks
// that the caller knows to be elsewhere. apply_sweep() (check.hpp) carries the plan out.
#pragma once

#include <unordered_map>

#include "store/check.hpp"

namespace cairn::store {

// Modification times of the packs that are present. Taken before the caller asks which versions
// there are: a pack that a session made or relied on since is not in the plan, or has another time.
using PackTimes = std::unordered_map<PackId, std::int64_t>;
PackTimes pack_times(const Store& store);

struct ShrinkRequest {
  const std::unordered_set<ChunkId>& elsewhere;  // may go
  const std::unordered_set<ChunkId>& in_use;     // go last
  std::uint64_t free_bytes = 0;                  // stop when so much goes
  const PackTimes& seen;
};
struct ShrinkPlan {
  SweepPlan sweep;
  std::unordered_set<ChunkId> stay;  // what apply_sweep() takes for live
  std::uint64_t chunks = 0;          // that go
};
// Whole records of data packs, of the packs used longest ago first; pages always stay. A record
// goes only when every chunk in it may.
Result<ShrinkPlan> plan_shrink(const Context& context, const Store& store,
                               const ShrinkRequest& request);

}  // namespace cairn::store
