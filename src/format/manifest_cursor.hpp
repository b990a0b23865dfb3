// A cursor over the pages of a manifest that also holds the rules between paths of different
// leaves.
#pragma once

#include "format/path_order.hpp"
#include "format/tree.hpp"
#include "format/tree_cursor.hpp"

namespace cairn::format {

struct ManifestCursorTraits {
  using Page = ManifestPage;
  using Child = InnerEntry;

  [[nodiscard]] Result<base::Bytes> fetch(const Child& child) const { return pages(child.page); }
  static Result<Page> decode(base::ByteView bytes) { return decode_manifest_page(bytes); }
  static bool sum_agrees(const Child& child, const Page& page);

  const PageFetch& pages;
};

class ManifestCursor {
 public:
  // `fetch` must outlive the cursor.
  ManifestCursor(const ChunkId& top, const PageFetch& fetch);

  [[nodiscard]] const InnerEntry* node() const { return tree_.node(); }
  [[nodiscard]] const InnerEntry* last_sibling() const { return tree_.last_sibling(); }
  [[nodiscard]] unsigned node_level() const { return tree_.node_level(); }
  [[nodiscard]] bool at_top() const { return tree_.at_top(); }
  // The last path of what was entered or skipped: all paths below node() are above it.
  [[nodiscard]] const std::string& after() const { return order_.last(); }

  Result<ManifestPage> enter();
  Status skip();

 private:
  TreeCursor<ManifestCursorTraits> tree_;
  PathOrder order_;
};

}  // namespace cairn::format
