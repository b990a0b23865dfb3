#include "repo/old_entries.hpp"

#include "format/manifest_cursor.hpp"

namespace cairn::repo {

struct OldEntries::Pages {
  format::ManifestCursor cursor;
};

OldEntries::OldEntries() = default;
OldEntries::OldEntries(const ChunkId& top, const format::PageFetch& fetch)
    : pages_(std::make_unique<Pages>(Pages{format::ManifestCursor(top, fetch)})) {}
OldEntries::~OldEntries() = default;
OldEntries::OldEntries(OldEntries&&) noexcept = default;

Result<const format::ManifestEntry*> OldEntries::peek() {
  while (at_ == leaf_.size()) {
    if (!pages_ || pages_->cursor.node() == nullptr)
      return static_cast<const format::ManifestEntry*>(nullptr);
    CAIRN_TRY(auto page, pages_->cursor.enter());
    leaf_ = std::move(page.entries);  // none on an inner page
    at_ = 0;
  }
  return static_cast<const format::ManifestEntry*>(&leaf_[at_]);
}

Result<const format::ManifestEntry*> OldEntries::find(std::string_view path) {
  for (;;) {
    CAIRN_TRY(const auto* entry, peek());
    if (entry == nullptr || entry->path > path)
      return static_cast<const format::ManifestEntry*>(nullptr);
    if (entry->path == path) return entry;
    next();
  }
}

}  // namespace cairn::repo
