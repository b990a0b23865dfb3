#include "sync/plan.hpp"

namespace cairn::sync {

std::uint32_t PackNames::number_of(const PackId& id) {
  const auto [at, added] = numbers_.try_emplace(id, static_cast<std::uint32_t>(names_.size()));
  if (added) names_.push_back(id);
  return at->second;
}

std::unordered_map<std::uint64_t, std::uint32_t>& Plan::numbers(PlanRecord::Where where) {
  if (where == PlanRecord::Where::kRemote) return remote_numbers_;
  return where == PlanRecord::Where::kLocal ? local_numbers_ : rescue_numbers_;
}

std::uint32_t Plan::record_at(PlanRecord::Where where, std::uint32_t pack, std::uint32_t offset) {
  const auto& known = numbers(where);
  const auto at = known.find(std::uint64_t{pack} << 32 | offset);
  return at == known.end() ? kNone : at->second;
}

std::uint32_t Plan::add_record(const PlanRecord& record) {
  const auto number = static_cast<std::uint32_t>(records.size());
  const std::uint64_t place = std::uint64_t{record.pack} << 32 | record.offset;
  const auto [at, added] = numbers(record.where).try_emplace(place, number);
  if (added) records.push_back(record);
  return at->second;
}

format::Place Plan::place_of_chunk(std::uint32_t chunk) const {
  const PlannedChunk& planned = chunks[chunk];
  const PlanRecord& record = records[planned.record];
  return {packs[record.pack], record.offset, record.bytes, planned.offset, planned.length};
}

bool Plan::relies_on_condemned(const RemoteView& view) const {
  if (!view.any_condemned()) return false;
  for (const PackId& pack : relied) {
    if (view.is_condemned(pack)) return true;
  }
  return false;
}

}  // namespace cairn::sync
