// Joining the tables of packs into segments of at most 2^20 chunks, and proving that a union lost
// nothing.
#pragma once

#include <functional>
#include <vector>

#include "store/segment.hpp"

namespace cairn::store {

class SegmentBuilder {
 public:
  using Sink = std::function<Status(base::Bytes table)>;
  explicit SegmentBuilder(Sink sink) : sink_(std::move(sink)) {}

  // Packs without records have no place in a table and are left out.
  Status add(const PackRecords& pack);
  Status finish();

 private:
  Status flush();

  Sink sink_;
  format::TableBuilder table_;
};

// Every pack of the segments once: from the entry with the most records (a scan of a damaged pack
// knows fewer than its footer did).
std::vector<PackRecords> distinct_packs(std::span<const SegmentPtr> segments);

// kInternal unless every record and chunk of `packs` stands in one of the segments.
Status check_union(std::span<const PackRecords> packs, std::span<const SegmentPtr> segments);

}  // namespace cairn::store
