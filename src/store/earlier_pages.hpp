// Which pages of an earlier version of a tree stand where a new page does: what the new one may be
// stored as a patch of. Advice only.
#pragma once

#include <memory>
#include <vector>

#include "format/tree.hpp"

namespace cairn::store {

// For one thread.
class EarlierPages {
 public:
  virtual ~EarlierPages() = default;
  // The next page of the new version, children before parents. Every page, in order.
  virtual void pass(base::ByteView page) = 0;
  // For the page that was passed last: pages of its level, in order, not more than a patch can have
  // as bases; none where the earlier version has none, can't be read, or is too long.
  virtual std::vector<ChunkId> beside() = 0;
  // About what the pages of the new version have together; 0 where that is not known.
  virtual std::uint64_t expected_bytes() { return 0; }
};
using EarlierPagesPtr = std::unique_ptr<EarlierPages>;

// By the range of paths.
EarlierPagesPtr earlier_manifest_pages(const ChunkId& top, format::PageFetch fetch);
// By the place in a file that has `size_bytes` now.
EarlierPagesPtr earlier_recipe_pages(const ChunkId& top, format::PageFetch fetch,
                                     std::uint64_t size_bytes);

}  // namespace cairn::store
