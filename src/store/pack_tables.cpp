#include "store/pack_tables.hpp"

namespace cairn::store {
namespace {

constexpr std::size_t kGroupedSegmentsKept = 4;

}  // namespace

std::optional<PackRecords> PackTables::of(std::uint32_t slot) {
  const SlotTable table = catalogue_.table_of(slot);
  if (!table.segment) return std::nullopt;
  for (const Grouped& grouped : kept_) {
    if (grouped.segment == table.segment) return grouped.packs[table.pack_entry];
  }
  if (kept_.size() == kGroupedSegmentsKept) kept_.pop_front();
  kept_.push_back({table.segment, packs_of(table.segment)});
  return kept_.back().packs[table.pack_entry];
}

}  // namespace cairn::store
