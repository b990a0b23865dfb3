// Catalogue::load(): from the files of a store to slots, segments and marks.
#include <algorithm>

#include "base/cpu_pool.hpp"
#include "store/catalogue.hpp"
#include "store/publish.hpp"
#include "store/segment_builder.hpp"
#include "store/unlisted_packs.hpp"

namespace cairn::store {
namespace {

constexpr int kListAttempts = 10;

void sort_oldest_first(std::vector<std::shared_ptr<Segment>>& segments) {
  std::stable_sort(segments.begin(), segments.end(), [](const auto& a, const auto& b) {
    return a->modified_ns() < b->modified_ns();
  });
}

}  // namespace

// The index first, then the packs: a pack whose segment was seen has been there before it.
Status Catalogue::load() {
  const std::lock_guard loading(load_mutex_);
  CAIRN_TRY(const auto found, map_new_segments());
  CAIRN_TRY(const auto packs, list_packs(layout_));
  CAIRN_TRY(const auto marks, DamageMarks::load(layout_));
  enter(found.mapped, {packs.ids.begin(), packs.ids.end()}, marks);
  for (const Digest& name : found.damaged)
    discard(name);  // first: the new segment may get the same name
  if (const auto strays = unlisted(packs.ids); !strays.empty()) CAIRN_CHECK(index_unlisted(strays));
  return {};
}

void Catalogue::discard(const Digest& segment) {
  discarded_.insert(segment);
  if (access_ == Store::Access::kWrite) (void)base::remove_file(layout_.segment_path(segment));
}

// Another process may merge segments between our listing and our opening them: then the union
// stands in a new listing.
Result<Catalogue::NewSegments> Catalogue::map_new_segments() const {
  for (int attempt = 1;; ++attempt) {
    NewSegments found;
    CAIRN_TRY(const bool complete, map_listed(found));
    if (!complete && attempt < kListAttempts) continue;
    sort_oldest_first(found.mapped);
    return found;
  }
}

Result<bool> Catalogue::map_listed(NewSegments& found) const {
  std::unordered_set<Digest> known = discarded_;
  for (const SegmentPtr& segment : segments()) {
    if (segment->name()) known.insert(*segment->name());
  }
  CAIRN_TRY(const auto listing, list_segments(layout_));
  for (const Digest& name : listing.ids) {
    if (known.contains(name)) continue;
    auto segment = Segment::map(layout_, name);
    if (segment.ok()) {
      found.mapped.push_back(*std::move(segment));
    } else if (segment.error().code() == Code::kNotFound) {
      return false;
    } else if (segment.error().code() == Code::kCorrupt) {
      context_.log.note(segment.error().message() +
                        "; its packs are indexed again from their footers");
      found.damaged.push_back(name);
    } else {
      return std::move(segment).error();
    }
  }
  return true;
}

void Catalogue::enter(const std::vector<std::shared_ptr<Segment>>& added,
                      const std::unordered_set<PackId>& on_disk, const DamageMarks& marks) {
  const auto lock = lock_.write();
  marks_.merge(marks);
  for (const auto& segment : added) attach(segment);
  for (Slot& slot : slots_) {
    slot.present = on_disk.contains(slot.id);
    slot.has_marks = marks_.of(slot.id) != nullptr;
  }
}

std::vector<PackId> Catalogue::unlisted(const std::vector<PackId>& on_disk) const {
  const auto lock = lock_.read();
  std::vector<PackId> packs;
  for (const PackId& id : on_disk) {
    const auto found = slot_of_.find(id);
    if (found == slot_of_.end() || slots_[found->second].table.segment == nullptr)
      packs.push_back(id);
  }
  return packs;
}

// Under the shared lock, so that no collection runs beside it.
Result<std::vector<std::shared_ptr<Segment>>> Catalogue::write_segments(
    std::span<const PackRecords> packs) const {
  CAIRN_TRY(const auto lock,
            base::FileLock::acquire(layout_.at(kLockFile), base::FileLock::Mode::kShared, 0));
  CAIRN_TRY(auto temp, TempSpace::create(layout_, 0));
  SegmentPublisher publisher(layout_, temp);
  SegmentBuilder builder(
      [&publisher](base::Bytes table) { return publisher.stage(std::move(table)); });
  for (const PackRecords& pack : packs) CAIRN_CHECK(builder.add(pack));
  CAIRN_CHECK(builder.finish());
  return publisher.publish();
}

Status Catalogue::keep_in_memory(std::span<const PackRecords> packs,
                                 std::vector<std::shared_ptr<Segment>>& out) {
  SegmentBuilder builder([&out](base::Bytes table) -> Status {
    CAIRN_TRY(auto segment, Segment::from_bytes(std::move(table)));
    out.push_back(std::move(segment));
    return {};
  });
  for (const PackRecords& pack : packs) CAIRN_CHECK(builder.add(pack));
  return builder.finish();
}

// What can't be written now (no lock, no space, no permission) is kept in memory: every look-up
// works all the same. So is what may be known better when more packs are here.
Status Catalogue::index_unlisted(const std::vector<PackId>& packs) {
  CAIRN_TRY(const auto found, read_unlisted_packs(*this, packs));
  std::vector<std::shared_ptr<Segment>> segments;
  bool written = false;
  if (access_ == Store::Access::kWrite && !found.whole.empty()) {
    auto made = write_segments(found.whole);
    written = made.ok();
    if (written) {
      segments = *std::move(made);
    } else {
      context_.log.verbose("packs without an index stay without: " + made.error().message());
    }
  }
  if (!written && !found.whole.empty()) CAIRN_CHECK(keep_in_memory(found.whole, segments));
  if (!found.partial.empty()) CAIRN_CHECK(keep_in_memory(found.partial, segments));
  if (!segments.empty()) replace_segments(segments, {});
  return {};
}

bool Catalogue::replace_damaged_segments() {
  {
    const std::lock_guard loading(load_mutex_);
    if (segments_checked_) return false;
    segments_checked_ = true;
    std::vector<SegmentPtr> damaged;
    for (const SegmentPtr& segment : segments()) {
      if (!segment->intact()) damaged.push_back(segment);
    }
    if (damaged.empty()) return false;
    for (const SegmentPtr& segment : damaged) {
      if (!segment->name()) continue;
      context_.log.note("the index segment " + segment->name()->hex() +
                        " is damaged; its packs are indexed again");
      discard(*segment->name());
    }
    const auto lock = lock_.write();
    detach(damaged);
  }
  const Status loaded = load();
  if (!loaded.ok()) context_.log.warn("indexing packs again: " + loaded.error().message());
  return true;
}

}  // namespace cairn::store
