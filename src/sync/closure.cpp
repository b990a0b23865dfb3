#include "sync/closure.hpp"

#include <optional>
#include <unordered_set>

#include "sync/remote_table.hpp"

namespace cairn::sync {
namespace {

using format::ClosureKind;

Error misfit(const ChunkId& page) {
  return Error(Code::kCorrupt, "page " + page.short_hex() + " does not fit the page above it");
}

class ClosureWalk {
 public:
  ClosureWalk(const format::PageFetch& fetch, ClosureVisitor& visitor)
      : fetch_(fetch), visitor_(visitor) {}

  // `level` is nothing for a top page, which may have any.
  Status manifest(const ChunkId& id, std::optional<std::uint8_t> level) {
    CAIRN_TRY(const bool enter, visitor_.enter(ClosureKind::kManifest, id));
    if (!enter) return {};
    CAIRN_TRY(const base::Bytes bytes, fetch_(id));
    CAIRN_TRY(const auto page, format::decode_manifest_page(bytes));
    CAIRN_CHECK(check_header(id, page.header, level));
    CAIRN_CHECK(visitor_.page(ClosureKind::kManifest, id, page.header.level, size_of(bytes)));
    if (page.header.level == 0) {
      CAIRN_CHECK(manifest_leaf(id, page.entries));
    } else {
      const auto below = static_cast<std::uint8_t>(page.header.level - 1);
      for (const format::InnerEntry& child : page.children) {
        CAIRN_CHECK(manifest(child.page, below));
      }
    }
    return visitor_.leave(id);
  }

  Status recipe(const ChunkId& id, std::optional<std::uint8_t> level) {
    CAIRN_TRY(const bool enter, visitor_.enter(ClosureKind::kRecipe, id));
    if (!enter) return {};
    CAIRN_TRY(const base::Bytes bytes, fetch_(id));
    CAIRN_TRY(const auto page, format::decode_recipe_page(bytes));
    CAIRN_CHECK(check_header(id, page.header, level));
    CAIRN_CHECK(visitor_.page(ClosureKind::kRecipe, id, page.header.level, size_of(bytes)));
    if (page.header.level == 0) {
      CAIRN_CHECK(visitor_.leaf(id, page.entries));
    } else {
      const auto below = static_cast<std::uint8_t>(page.header.level - 1);
      for (const format::InnerEntry& child : page.children) {
        CAIRN_CHECK(recipe(child.page, below));
      }
    }
    return visitor_.leave(id);
  }

 private:
  static std::uint32_t size_of(const base::Bytes& bytes) {
    return static_cast<std::uint32_t>(bytes.size());
  }

  static Status check_header(const ChunkId& id, const format::PageHeader& header,
                             std::optional<std::uint8_t> level) {
    if (header.top == level.has_value()) return misfit(id);
    if (level && header.level != *level) return misfit(id);
    return {};
  }

  Status manifest_leaf(const ChunkId& id, const std::vector<format::ManifestEntry>& entries) {
    std::vector<format::ChunkRef> chunks;
    std::vector<ChunkId> recipes;
    std::unordered_set<ChunkId> seen;
    for (const format::ManifestEntry& entry : entries) {
      append_chunks(entry, chunks);
      if (entry.has_recipe && seen.insert(entry.recipe).second) recipes.push_back(entry.recipe);
    }
    CAIRN_CHECK(visitor_.leaf(id, chunks));
    for (const ChunkId& top : recipes) CAIRN_CHECK(recipe(top, std::nullopt));
    return {};
  }

  const format::PageFetch& fetch_;
  ClosureVisitor& visitor_;
};

}  // namespace

Status walk_closure(format::ClosureKind kind, const ChunkId& top, const format::PageFetch& fetch,
                    ClosureVisitor& visitor) {
  ClosureWalk walk(fetch, visitor);
  if (kind == format::ClosureKind::kManifest) return walk.manifest(top, std::nullopt);
  return walk.recipe(top, std::nullopt);
}

}  // namespace cairn::sync
