// GroupedTable: a table with its chunks grouped by record (the table itself has them by id). What
// copying, merging and checking packs iterates over; look-ups use the TableView directly.
#pragma once

#include <memory>
#include <vector>

#include "format/table.hpp"

namespace cairn::store {

class GroupedTable {
 public:
  // `bytes_owner` keeps the bytes behind `view` alive. O(chunks) time, 4 bytes a chunk and a
  // record.
  GroupedTable(const format::TableView& view, std::shared_ptr<const void> bytes_owner);

  [[nodiscard]] const format::TableView& view() const { return view_; }
  // The chunks of a record, by their offset in it.
  [[nodiscard]] std::vector<format::TableChunk> chunks_of(std::uint32_t record) const;
  [[nodiscard]] std::uint32_t chunk_count_of(std::uint32_t record) const {
    return first_[record + 1] - first_[record];
  }
  [[nodiscard]] std::vector<ChunkId> bases_of(const format::TableRecord& record) const;

 private:
  format::TableView view_;
  std::shared_ptr<const void> owner_;
  std::vector<std::uint32_t> first_;    // of each record, into entries_; one more at the end
  std::vector<std::uint32_t> entries_;  // indexes of chunk entries
};

// One pack's part of a table.
struct PackRecords {
  PackId id;
  std::uint64_t size_bytes = 0;
  format::PackKind kind = format::PackKind::kData;
  std::shared_ptr<const GroupedTable> table;
  std::uint32_t first = 0;  // records [first, last) of the table
  std::uint32_t last = 0;

  [[nodiscard]] std::uint32_t record_count() const { return last - first; }
  [[nodiscard]] std::uint64_t chunk_count() const;
};

// Record range of pack entry `index` of a table that has pack entries.
std::pair<std::uint32_t, std::uint32_t> record_range(const format::TableView& view,
                                                     std::uint32_t index);

}  // namespace cairn::store
