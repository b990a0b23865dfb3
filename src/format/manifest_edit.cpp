// edit_manifest(): the old tree and the edits side by side. Because pages are cut by their own
// paths, what lies between two edits soon falls into the old pages again, and is taken over without
// being read.
#include "format/manifest_cursor.hpp"
#include "format/tree.hpp"

namespace cairn::format {
namespace {

class ManifestEditor {
 public:
  ManifestEditor(const ChunkId& top, const std::vector<ManifestEdit>& edits, const PageFetch& fetch,
                 const PageSink& sink)
      : cursor_(top, fetch), edits_(edits), builder_(sink) {}

  Result<TreeTop> run() {
    while (cursor_.node() != nullptr) {
      CAIRN_TRY(const bool taken, take_page());
      if (!taken) CAIRN_CHECK(enter_page());
    }
    while (next_ < edits_.size()) CAIRN_CHECK(put_edit());
    return builder_.finish();
  }

 private:
  [[nodiscard]] bool edit_before(std::string_view path) const {
    return next_ < edits_.size() && edits_[next_].path < path;
  }
  [[nodiscard]] bool edit_at(std::string_view path) const {
    return next_ < edits_.size() && edits_[next_].path == path;
  }

  // Past the next page, when no edit falls into it and it stays as it is in the new tree.
  Result<bool> take_page() {
    if (cursor_.at_top()) return false;
    const InnerEntry& page = *cursor_.node();
    // The last page of a level was closed by the end of the tree, not by a rule.
    if (page.last_path == last_path_) return false;
    if (edit_before(page.last_path) || edit_at(page.last_path)) return false;
    CAIRN_TRY(const bool taken, builder_.take_page(cursor_.node_level(), page));
    if (taken) CAIRN_CHECK(cursor_.skip());
    return taken;
  }

  Status enter_page() {
    CAIRN_TRY(const ManifestPage page, cursor_.enter());
    if (page.header.top && page.header.level > 0) last_path_ = cursor_.last_sibling()->last_path;
    for (const ManifestEntry& entry : page.entries) {
      while (edit_before(entry.path)) CAIRN_CHECK(put_edit());
      if (edit_at(entry.path)) {
        CAIRN_CHECK(put_edit());
      } else {
        CAIRN_CHECK(builder_.add(entry));
      }
    }
    return {};
  }

  Status put_edit() {
    const ManifestEdit& edit = edits_[next_++];
    return edit.entry ? builder_.add(*edit.entry) : Status();
  }

  ManifestCursor cursor_;
  const std::vector<ManifestEdit>& edits_;
  std::size_t next_ = 0;
  ManifestBuilder builder_;
  std::string last_path_;
};

}  // namespace

Result<TreeTop> edit_manifest(const ChunkId& top, const std::vector<ManifestEdit>& edits,
                              const PageFetch& fetch, const PageSink& sink) {
  return ManifestEditor(top, edits, fetch, sink).run();
}

}  // namespace cairn::format
