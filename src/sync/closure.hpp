// Walks what a version needs, page by page, in the order of its root table: a page, then what is
// below it; after a manifest leaf the pages of each recipe that it names, each recipe once per
// leaf.
#pragma once

#include <span>
#include <string_view>

#include "format/remote_objects.hpp"
#include "format/tree.hpp"

namespace cairn::sync {

class ClosureVisitor {
 public:
  virtual ~ClosureVisitor() = default;
  // False: this page and what is below are known; they are not read.
  virtual Result<bool> enter(format::ClosureKind kind, const ChunkId& page) = 0;
  // The page was read.
  virtual Status page(format::ClosureKind kind, const ChunkId& page, std::uint8_t level,
                      std::uint32_t bytes) = 0;
  // The chunks of the page just read, a leaf: those that its locator refers to, in that order.
  virtual Status leaf(const ChunkId& page, std::span<const format::ChunkRef> chunks) = 0;
  // The page and all that is below it were walked.
  virtual Status leave(const ChunkId& page) = 0;
};

// Manifests and recipes. Errors of `fetch` and of the visitor end the walk; a page that does not
// fit its parent is kCorrupt.
Status walk_closure(format::ClosureKind kind, const ChunkId& top, const format::PageFetch& fetch,
                    ClosureVisitor& visitor);

}  // namespace cairn::sync
