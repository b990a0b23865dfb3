// Keeping index segments few: when more than 8 segments of about one size have gathered, they
// become one.
#pragma once

#include "cairn/context.hpp"
#include "store/catalogue.hpp"
#include "store/temp_space.hpp"

namespace cairn::store {

// The caller holds the store's lock, shared or exclusive. Old segments are removed only when the
// union is durable and was checked. Two processes that merge the same segments at once leave two
// unions: harmless.
Status merge_index_tiers(const Context& context, Catalogue& catalogue, TempSpace& temp);

// Writes the union of `old` without packs that are gone, publishes it and removes the old files.
Status replace_segments_by_union(Catalogue& catalogue, TempSpace& temp,
                                 std::span<const SegmentPtr> old);

}  // namespace cairn::store
