// Catalogue: what a Store knows: slots of packs, the segments that say what stands in them, marks
// of damage. Loaded from the directory, loaded again when it changed, extended by sessions.
// Look-ups are thread-safe and take one striped lock.
#pragma once

#include <mutex>
#include <optional>
#include <span>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "cairn/context.hpp"
#include "store/damage_marks.hpp"
#include "store/pack_files.hpp"
#include "store/read_mostly_lock.hpp"
#include "store/segment.hpp"
#include "store/store.hpp"
#include "store/store_layout.hpp"

namespace cairn::store {

// Where a slot's records are listed.
struct SlotTable {
  SegmentPtr segment;            // null: no segment lists this pack
  std::uint32_t pack_entry = 0;  // of the segment
};

class Catalogue {
 public:
  Catalogue(const Context& context, std::string directory, Store::Access access);

  // Reads the directory; packs that no segment lists are read from their footers, or scanned, and
  // under kWrite indexed. Called again, it takes in what other processes changed. Slots keep their
  // numbers.
  Status load();
  // Checks every segment whole, once; damaged ones are replaced by what the footers say. True when
  // any was: then a failed look-up is worth repeating.
  bool replace_damaged_segments();

  // Any good copy: is the chunk here?
  [[nodiscard]] std::optional<ChunkPlace> find(const ChunkId& id) const;
  // The one to read: in the smallest frame, because what else it holds is read too.
  [[nodiscard]] std::optional<ChunkPlace> find_least(const ChunkId& id) const;
  enum class Copies { kGood, kMarkedToo };
  [[nodiscard]] std::vector<ChunkPlace> find_all(const ChunkId& id, Copies copies) const;
  // What the record at a place is based on, as its table says; nothing for a pack that is gone.
  [[nodiscard]] std::vector<ChunkId> bases_of(const ChunkPlace& place) const;

  [[nodiscard]] Store::PackInfo pack(std::uint32_t slot) const;
  [[nodiscard]] std::uint32_t pack_count() const;
  [[nodiscard]] bool present(std::uint32_t slot) const;
  [[nodiscard]] Result<PackFiles::File> pack_file(std::uint32_t slot) const;
  [[nodiscard]] SlotTable table_of(
      std::uint32_t slot) const;                           // nothing for a pack that is not present
  [[nodiscard]] std::vector<SegmentPtr> segments() const;  // newest first
  [[nodiscard]] bool marked(std::uint32_t slot, std::uint32_t record_offset) const;
  [[nodiscard]] std::vector<std::uint32_t> marks_of(std::uint32_t slot) const;

  // Segments of packs that are present; they replace `replaced` at once for every look-up.
  void publish(const std::vector<std::shared_ptr<Segment>>& added,
               std::span<const SegmentPtr> replaced);
  void set_absent(const PackId& pack);
  // Held while segments are merged: two threads would write the same union twice.
  [[nodiscard]] std::mutex& merge_mutex() { return merge_mutex_; }

  Status mark_damaged(const PackId& pack, std::uint32_t record_offset);
  Status unmark_damaged(const PackId& pack, std::uint32_t record_offset);

  [[nodiscard]] const Layout& layout() const { return layout_; }
  [[nodiscard]] Store::Access access() const { return access_; }
  [[nodiscard]] const Context& context() const { return context_; }

 private:
  struct Slot {
    PackId id;
    std::uint64_t size_bytes = 0;
    format::PackKind kind = format::PackKind::kData;
    bool present = false;
    bool has_marks = false;
    SlotTable table;
  };
  struct NewSegments {
    std::vector<std::shared_ptr<Segment>> mapped;
    std::vector<Digest> damaged;  // files in index/ to be removed once their packs are listed again
  };

  // With load_mutex_ held, down to write_segments().
  Result<NewSegments> map_new_segments() const;
  Result<bool> map_listed(NewSegments& found) const;
  void enter(const std::vector<std::shared_ptr<Segment>>& added,
             const std::unordered_set<PackId>& on_disk, const DamageMarks& marks);
  void discard(const Digest& segment);
  void replace_segments(const std::vector<std::shared_ptr<Segment>>& added,
                        std::span<const SegmentPtr> replaced);
  [[nodiscard]] std::vector<PackId> unlisted(const std::vector<PackId>& on_disk) const;
  Status index_unlisted(const std::vector<PackId>& packs);
  Result<std::vector<std::shared_ptr<Segment>>> write_segments(
      std::span<const PackRecords> packs) const;
  static Status keep_in_memory(std::span<const PackRecords> packs,
                               std::vector<std::shared_ptr<Segment>>& out);

  // With the write lock held.
  void attach(const std::shared_ptr<Segment>& segment);
  std::uint32_t slot_for(const format::TablePack& entry);
  void detach(std::span<const SegmentPtr> segments);

  // With a lock held.
  [[nodiscard]] bool place_at(const Segment& segment, std::uint32_t entry, Copies copies,
                              ChunkPlace& out) const;
  [[nodiscard]] bool marked_in(const Slot& slot, std::uint32_t record_offset) const;

  const Context context_;
  const Layout layout_;
  const Store::Access access_;

  mutable PackFiles files_;
  std::mutex merge_mutex_;

  std::mutex load_mutex_;  // one load() or replacement at a time
  bool segments_checked_ = false;
  std::unordered_set<Digest>
      discarded_;  // damaged segments; under kRead their files are still there

  mutable ReadMostlyLock lock_;  // guards everything below
  std::vector<Slot> slots_;
  std::unordered_map<PackId, std::uint32_t> slot_of_;
  std::vector<SegmentPtr> segments_;  // newest first
  DamageMarks marks_;
};

// The catalogue behind a store, for the files of this module.
Catalogue& catalogue_of(const Store& store);

}  // namespace cairn::store
