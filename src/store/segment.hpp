// Segment: one immutable index table with pack entries, mapped from index/ or held in memory
// (rebuilt from footers and not written, because the store is only read or the disk is full).
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <vector>

#include "base/file.hpp"
#include "format/table.hpp"
#include "store/grouped_table.hpp"
#include "store/store_layout.hpp"

namespace cairn::store {

class Segment {
 public:
  // kNotFound when another process merged it away; kCorrupt, kTooNew.
  static Result<std::shared_ptr<Segment>> map(const Layout& layout, const Digest& name);
  // A file that will get this name.
  static Result<std::shared_ptr<Segment>> map_staged(const std::string& path, const Digest& name);
  static Result<std::shared_ptr<Segment>> from_bytes(base::Bytes bytes);

  [[nodiscard]] const format::TableView& view() const { return view_; }
  [[nodiscard]] const std::optional<Digest>& name() const { return name_; }  // none: in memory only
  [[nodiscard]] std::int64_t modified_ns() const { return modified_ns_; }

  // Name, CRC and every entry, checked at the first call. Opening checks only what look-ups need to
  // be safe.
  [[nodiscard]] bool intact() const;

  // The store's slot of each pack entry; set once by the catalogue before it publishes the segment.
  void set_slots(std::vector<std::uint32_t> slots) { slots_ = std::move(slots); }
  [[nodiscard]] const std::vector<std::uint32_t>& slots() const { return slots_; }

 private:
  Segment() = default;

  std::optional<Digest> name_;
  std::int64_t modified_ns_ = 0;
  base::MappedFile file_;
  base::Bytes bytes_;
  format::TableView view_;
  std::vector<std::uint32_t> slots_;
  mutable std::atomic<int> intact_ = -1;  // -1: not checked yet
};

using SegmentPtr = std::shared_ptr<const Segment>;

// The pack entries of a segment, as parts of one grouped table that keeps the segment alive.
std::vector<PackRecords> packs_of(const SegmentPtr& segment);

}  // namespace cairn::store
