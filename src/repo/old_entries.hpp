// The entries of a folder's parent version, in path order, one page at a time: a version of a
// million files is not held in memory to be compared with a tree that is.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "format/tree.hpp"

namespace cairn::repo {

class OldEntries {
 public:
  // Without entries.
  OldEntries();
  // Of the manifest `top`. Nothing is read yet; `fetch` must outlive this.
  OldEntries(const ChunkId& top, const format::PageFetch& fetch);
  ~OldEntries();
  OldEntries(OldEntries&&) noexcept;

  // The entry at hand, null at the end; valid until it is left.
  Result<const format::ManifestEntry*> peek();
  void next() { ++at_; }
  // Passes those before `path`; the entry of that very path, or null.
  Result<const format::ManifestEntry*> find(std::string_view path);

 private:
  struct Pages;
  std::unique_ptr<Pages> pages_;
  std::vector<format::ManifestEntry> leaf_;
  std::size_t at_ = 0;
};

}  // namespace cairn::repo
