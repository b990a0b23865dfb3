// Packs that no index segment lists: what their footers say of them, or where a footer is damaged,
// a scan of their records.
#pragma once

#include <vector>

#include "store/catalogue.hpp"
#include "store/grouped_table.hpp"

namespace cairn::store {

struct UnlistedPacks {
  std::vector<PackRecords> whole;
  // Scanned, and without records whose bases are nowhere: other packs may bring them.
  std::vector<PackRecords> partial;
};
// Leaves out packs that another process removed meanwhile, and those that hold no intact record.
// Whatever the order of `packs`, differences and patches are named when their bases are in any of
// them or listed already.
Result<UnlistedPacks> read_unlisted_packs(const Catalogue& catalogue,
                                          const std::vector<PackId>& packs);

}  // namespace cairn::store
