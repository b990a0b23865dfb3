// PackTables: the records of slot after slot. Grouping a segment by record costs a pass over its
// chunks, so the last few grouped segments are kept: slots in order mostly stay in one.
#pragma once

#include <deque>
#include <optional>

#include "store/catalogue.hpp"

namespace cairn::store {

// Not thread-safe.
class PackTables {
 public:
  explicit PackTables(const Catalogue& catalogue) : catalogue_(catalogue) {}
  // Nothing for a pack that is not present.
  std::optional<PackRecords> of(std::uint32_t slot);

 private:
  struct Grouped {
    SegmentPtr segment;
    std::vector<PackRecords> packs;
  };
  const Catalogue& catalogue_;
  std::deque<Grouped> kept_;
};

}  // namespace cairn::store
