// diff_manifests(): two cursors side by side. Pages are cut by content, so after a change both
// trees soon reach a page with the same id again, and what lies below it is not read.
#include "format/manifest_cursor.hpp"
#include "format/tree.hpp"

namespace cairn::format {
namespace {

// One side: what comes next is an entry of the leaf at hand, else a page that was not entered yet,
// else nothing.
class DiffSide {
 public:
  DiffSide(const ChunkId& top, const PageFetch& fetch) : cursor_(top, fetch) {}

  [[nodiscard]] const ManifestEntry* entry() const {
    return next_ < entries_.size() ? &entries_[next_] : nullptr;
  }
  [[nodiscard]] const InnerEntry* page() const {
    return entry() != nullptr ? nullptr : cursor_.node();
  }
  [[nodiscard]] unsigned page_level() const { return cursor_.node_level(); }
  // With a page next: every path below it is above this one.
  [[nodiscard]] const std::string& after() const { return cursor_.after(); }

  void next_entry() { ++next_; }
  Status skip_page() { return cursor_.skip(); }
  Status enter_page() {
    CAIRN_TRY(ManifestPage page, cursor_.enter());
    entries_ = std::move(page.entries);
    next_ = 0;
    return {};
  }

 private:
  ManifestCursor cursor_;
  std::vector<ManifestEntry> entries_;
  std::size_t next_ = 0;
};

class ManifestDiff {
 public:
  using Visit = std::function<Status(const ManifestChange&)>;
  ManifestDiff(const ChunkId& before, const ChunkId& after, const PageFetch& fetch,
               const Visit& visit)
      : before_(before, fetch), after_(after, fetch), visit_(visit) {}

  Status run() {
    for (;;) {
      const bool pages_before = before_.page() != nullptr;
      const bool pages_after = after_.page() != nullptr;
      if (pages_before && pages_after) {
        CAIRN_CHECK(pass_pages());
      } else if (pages_before && needs(before_, after_.entry())) {
        CAIRN_CHECK(before_.enter_page());
      } else if (pages_after && needs(after_, before_.entry())) {
        CAIRN_CHECK(after_.enter_page());
      } else if (before_.entry() != nullptr || after_.entry() != nullptr) {
        CAIRN_CHECK(pass_entries());
      } else {
        return {};
      }
    }
  }

 private:
  // True when the next page of `side` must be read before the other side's next entry can be
  // judged.
  static bool needs(const DiffSide& side, const ManifestEntry* other) {
    return other == nullptr || other->path > side.after();
  }

  // Both sides are before a page: past both when they are the same, else into the higher one, or
  // the one that ends first.
  Status pass_pages() {
    const InnerEntry& before = *before_.page();
    const InnerEntry& after = *after_.page();
    if (before.page == after.page) {
      CAIRN_CHECK(before_.skip_page());
      return after_.skip_page();
    }
    const unsigned level_before = before_.page_level();
    const unsigned level_after = after_.page_level();
    if (level_before != level_after)
      return level_before > level_after ? before_.enter_page() : after_.enter_page();
    return before.last_path <= after.last_path ? before_.enter_page() : after_.enter_page();
  }

  // At least one side has an entry, and the other has one, nothing, or only pages above it.
  Status pass_entries() {
    const ManifestEntry* before = before_.entry();
    const ManifestEntry* after = after_.entry();
    if (before != nullptr && after != nullptr && before->path != after->path) {
      (before->path < after->path ? after : before) = nullptr;
    }
    const bool same = before != nullptr && after != nullptr && before->same_content(*after);
    if (!same) CAIRN_CHECK(visit_(ManifestChange{before, after}));
    if (before != nullptr) before_.next_entry();
    if (after != nullptr) after_.next_entry();
    return {};
  }

  DiffSide before_;
  DiffSide after_;
  const Visit& visit_;
};

}  // namespace

Status diff_manifests(const ChunkId& before, const ChunkId& after, const PageFetch& fetch,
                      const std::function<Status(const ManifestChange&)>& visit) {
  if (before == after) return {};
  return ManifestDiff(before, after, fetch, visit).run();
}

}  // namespace cairn::format
