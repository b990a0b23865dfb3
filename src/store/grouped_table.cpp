#include "store/grouped_table.hpp"

#include <algorithm>

namespace cairn::store {

// A counting sort. Entries that name no record (a hostile table) are left out.
GroupedTable::GroupedTable(const format::TableView& view, std::shared_ptr<const void> bytes_owner)
    : view_(view), owner_(std::move(bytes_owner)) {
  const std::uint32_t records = view.record_count();
  first_.resize(std::size_t{records} + 1);
  for (std::uint32_t i = 0; i < view.chunk_count(); ++i) {
    if (const auto record = view.chunk(i).record; record < records) ++first_[record + 1];
  }
  for (std::uint32_t record = 0; record < records; ++record) first_[record + 1] += first_[record];
  entries_.resize(first_[records]);
  std::vector<std::uint32_t> next(first_.begin(), first_.end() - 1);
  for (std::uint32_t i = 0; i < view.chunk_count(); ++i) {
    if (const auto record = view.chunk(i).record; record < records) entries_[next[record]++] = i;
  }
}

std::vector<format::TableChunk> GroupedTable::chunks_of(std::uint32_t record) const {
  std::vector<format::TableChunk> chunks;
  chunks.reserve(chunk_count_of(record));
  for (std::uint32_t at = first_[record]; at < first_[record + 1]; ++at)
    chunks.push_back(view_.chunk(entries_[at]));
  std::sort(
      chunks.begin(), chunks.end(),
      [](const format::TableChunk& a, const format::TableChunk& b) { return a.offset < b.offset; });
  return chunks;
}

std::vector<ChunkId> GroupedTable::bases_of(const format::TableRecord& record) const {
  std::vector<ChunkId> bases;
  for (std::uint32_t i = 0; i < record.base_count; ++i)
    bases.push_back(view_.base(record.first_base + i));
  return bases;
}

std::uint64_t PackRecords::chunk_count() const {
  std::uint64_t count = 0;
  for (std::uint32_t record = first; record < last; ++record)
    count += table->chunk_count_of(record);
  return count;
}

std::pair<std::uint32_t, std::uint32_t> record_range(const format::TableView& view,
                                                     std::uint32_t index) {
  const std::uint32_t end = view.record_count();
  const std::uint32_t first = std::min(view.pack(index).first_record, end);
  const std::uint32_t last =
      index + 1 < view.pack_count() ? view.pack(index + 1).first_record : end;
  return {first, std::clamp(last, first, end)};
}

}  // namespace cairn::store
