#include "store/catalogue.hpp"

#include <algorithm>

#include "store/grouped_table.hpp"

namespace cairn::store {

Catalogue::Catalogue(const Context& context, std::string directory, Store::Access access)
    : context_(context), layout_(std::move(directory)), access_(access) {}

bool Catalogue::marked_in(const Slot& slot, std::uint32_t record_offset) const {
  if (!slot.has_marks) return false;
  const auto* marks = marks_.of(slot.id);
  return marks != nullptr && marks->contains(record_offset);
}

// Entries of a damaged table may say anything: what is handed out lies inside its record.
bool Catalogue::place_at(const Segment& segment, std::uint32_t entry, Copies copies,
                         ChunkPlace& out) const {
  const format::TableChunk chunk = segment.view().chunk(entry);
  const std::uint32_t pack_entry = segment.view().pack_of_record(chunk.record);
  if (pack_entry >= segment.slots().size()) return false;
  const std::uint32_t slot = segment.slots()[pack_entry];
  if (!slots_[slot].present) return false;
  out.record = segment.view().record(chunk.record);
  if (chunk.length == 0 || std::uint64_t{chunk.offset} + chunk.length > out.record.plain_bytes)
    return false;
  if (copies == Copies::kGood && marked_in(slots_[slot], out.record.offset)) return false;
  out.pack = slot;
  out.offset = chunk.offset;
  out.length = chunk.length;
  return true;
}

std::optional<ChunkPlace> Catalogue::find(const ChunkId& id) const {
  const auto lock = lock_.read();
  ChunkPlace place;
  for (const SegmentPtr& segment : segments_) {
    const auto range = segment->view().find(id);
    for (std::uint32_t entry = range.first; entry < range.last; ++entry) {
      if (place_at(*segment, entry, Copies::kGood, place)) return place;
    }
  }
  return std::nullopt;
}

std::optional<ChunkPlace> Catalogue::find_least(const ChunkId& id) const {
  const auto lock = lock_.read();
  std::optional<ChunkPlace> least;
  ChunkPlace place;
  for (const SegmentPtr& segment : segments_) {
    const auto range = segment->view().find(id);
    for (std::uint32_t entry = range.first; entry < range.last; ++entry) {
      if (!place_at(*segment, entry, Copies::kGood, place)) continue;
      if (!least || place.record.plain_bytes < least->record.plain_bytes) least = place;
    }
  }
  return least;
}

std::vector<ChunkPlace> Catalogue::find_all(const ChunkId& id, Copies copies) const {
  const auto lock = lock_.read();
  std::vector<ChunkPlace> places;
  ChunkPlace place;
  const auto known = [&place](const ChunkPlace& other) {  // a pack may stand in two segments
    return other.pack == place.pack && other.record.offset == place.record.offset &&
           other.offset == place.offset;
  };
  for (const SegmentPtr& segment : segments_) {
    const auto range = segment->view().find(id);
    for (std::uint32_t entry = range.first; entry < range.last; ++entry) {
      if (!place_at(*segment, entry, copies, place)) continue;
      if (std::none_of(places.begin(), places.end(), known)) places.push_back(place);
    }
  }
  return places;
}

std::vector<ChunkId> Catalogue::bases_of(const ChunkPlace& place) const {
  std::vector<ChunkId> bases;
  if (place.record.base_count == 0) return bases;
  const SlotTable table = table_of(place.pack);
  if (!table.segment) return bases;
  const format::TableView& view = table.segment->view();
  auto [first, last] = record_range(view, table.pack_entry);
  while (first < last) {  // the place may be of another table than the pack's of now
    const std::uint32_t middle = first + (last - first) / 2;
    if (view.record(middle).offset < place.record.offset) {
      first = middle + 1;
    } else {
      last = middle;
    }
  }
  const format::TableRecord record = view.record(first);
  if (record.offset != place.record.offset) return bases;
  for (std::uint32_t i = 0; i < record.base_count; ++i)
    bases.push_back(view.base(record.first_base + i));
  return bases;
}

Store::PackInfo Catalogue::pack(std::uint32_t slot) const {
  const auto lock = lock_.read();
  if (slot >= slots_.size()) return {};
  return {slots_[slot].id, slots_[slot].size_bytes, slots_[slot].kind};
}

std::uint32_t Catalogue::pack_count() const {
  const auto lock = lock_.read();
  return static_cast<std::uint32_t>(slots_.size());
}

bool Catalogue::present(std::uint32_t slot) const {
  const auto lock = lock_.read();
  return slot < slots_.size() && slots_[slot].present;
}

Result<PackFiles::File> Catalogue::pack_file(std::uint32_t slot) const {
  return files_.open(slot, [&] { return layout_.pack_path(pack(slot).id); });
}

SlotTable Catalogue::table_of(std::uint32_t slot) const {
  const auto lock = lock_.read();
  return slot < slots_.size() && slots_[slot].present ? slots_[slot].table : SlotTable{};
}

std::vector<SegmentPtr> Catalogue::segments() const {
  const auto lock = lock_.read();
  return segments_;
}

bool Catalogue::marked(std::uint32_t slot, std::uint32_t record_offset) const {
  const auto lock = lock_.read();
  return slot < slots_.size() && marked_in(slots_[slot], record_offset);
}

std::vector<std::uint32_t> Catalogue::marks_of(std::uint32_t slot) const {
  const auto lock = lock_.read();
  if (slot >= slots_.size() || !slots_[slot].has_marks) return {};
  const auto* marks = marks_.of(slots_[slot].id);
  return marks == nullptr ? std::vector<std::uint32_t>()
                          : std::vector<std::uint32_t>(marks->begin(), marks->end());
}

std::uint32_t Catalogue::slot_for(const format::TablePack& entry) {
  const auto [found, added] =
      slot_of_.try_emplace(entry.id, static_cast<std::uint32_t>(slots_.size()));
  if (added) {
    Slot slot;
    slot.id = entry.id;
    slot.size_bytes = entry.size_bytes;
    slot.kind = entry.kind;
    slot.has_marks = marks_.of(entry.id) != nullptr;
    slots_.push_back(std::move(slot));
  }
  return found->second;
}

void Catalogue::attach(const std::shared_ptr<Segment>& segment) {
  std::vector<std::uint32_t> slots;
  slots.reserve(segment->view().pack_count());
  for (std::uint32_t i = 0; i < segment->view().pack_count(); ++i) {
    const std::uint32_t slot = slot_for(segment->view().pack(i));
    slots.push_back(slot);
    slots_[slot].table = {segment, i};
  }
  segment->set_slots(std::move(slots));
  segments_.insert(segments_.begin(), segment);
}

void Catalogue::detach(std::span<const SegmentPtr> segments) {
  const auto gone = [segments](const SegmentPtr& segment) {
    return std::find(segments.begin(), segments.end(), segment) != segments.end();
  };
  segments_.erase(std::remove_if(segments_.begin(), segments_.end(), gone), segments_.end());
  for (Slot& slot : slots_) {
    if (gone(slot.table.segment)) slot.table = {};
  }
}

// Not beside a load(), which would miss packs that are named between its listing and its end.
void Catalogue::publish(const std::vector<std::shared_ptr<Segment>>& added,
                        std::span<const SegmentPtr> replaced) {
  const std::lock_guard loading(load_mutex_);
  replace_segments(added, replaced);
}

void Catalogue::replace_segments(const std::vector<std::shared_ptr<Segment>>& added,
                                 std::span<const SegmentPtr> replaced) {
  const auto lock = lock_.write();
  detach(replaced);
  for (const auto& segment : added) {
    attach(segment);
    for (const std::uint32_t slot : segment->slots()) slots_[slot].present = true;
  }
}

void Catalogue::set_absent(const PackId& pack) {
  const auto lock = lock_.write();
  const auto found = slot_of_.find(pack);
  if (found == slot_of_.end()) return;
  slots_[found->second].present = false;
  files_.close(found->second);  // an open descriptor would keep the space of a removed file
}

Status Catalogue::mark_damaged(const PackId& pack, std::uint32_t record_offset) {
  {
    const auto lock = lock_.write();
    marks_.add(pack, record_offset);
    if (const auto found = slot_of_.find(pack); found != slot_of_.end())
      slots_[found->second].has_marks = true;
  }
  if (access_ == Store::Access::kRead) return {};
  return write_damage_mark(layout_, pack, record_offset);
}

Status Catalogue::unmark_damaged(const PackId& pack, std::uint32_t record_offset) {
  if (access_ == Store::Access::kWrite)
    CAIRN_CHECK(erase_damage_mark(layout_, pack, record_offset));
  const auto lock = lock_.write();
  marks_.remove(pack, record_offset);
  return {};
}

}  // namespace cairn::store
