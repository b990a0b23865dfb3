// Which records of a store must stay, given the chunks that must.
#pragma once

#include <unordered_set>

#include "store/catalogue.hpp"
#include "store/grouped_table.hpp"

namespace cairn::store {

class Liveness {
 public:
  // Bases of live records are live too; they are plain copies, so one step finds them all.
  Liveness(const Catalogue& catalogue, const std::unordered_set<ChunkId>& live);

  // A record with a live chunk. A damaged one counts only when no good copy of that chunk exists:
  // it may be all there is.
  [[nodiscard]] bool live(std::uint32_t slot, const PackRecords& pack, std::uint32_t record) const;

  struct Measure {
    std::uint64_t record_bytes = 0;
    std::uint64_t live_bytes = 0;
  };
  [[nodiscard]] Measure measure(std::uint32_t slot, const PackRecords& pack) const;

 private:
  const Catalogue& catalogue_;
  const std::unordered_set<ChunkId>& live_;
  std::unordered_set<ChunkId> bases_;
};

}  // namespace cairn::store
