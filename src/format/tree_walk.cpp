// Walking manifests and recipes.
#include "format/manifest_cursor.hpp"
#include "format/tree.hpp"

namespace cairn::format {
namespace {

struct RecipeCursorTraits {
  using Page = RecipePage;
  using Child = InnerEntry;

  [[nodiscard]] Result<base::Bytes> fetch(const Child& child) const { return pages(child.page); }
  static Result<Page> decode(base::ByteView bytes) { return decode_recipe_page(bytes); }
  static bool sum_agrees(const Child& child, const Page& page) {
    const InnerEntry sum = sum_of(page);
    return sum.a == child.a && sum.b == child.b;
  }

  const PageFetch& pages;
};

InnerEntry recipe_top(const ChunkId& top) {
  InnerEntry child;
  child.page = top;
  return child;
}

}  // namespace

Status walk_manifest(const ChunkId& top, const PageFetch& fetch, const ManifestLeafVisit& visit,
                     const ChildFilter& filter, const PageVisit& on_page) {
  ManifestCursor cursor(top, fetch);
  while (const InnerEntry* node = cursor.node()) {
    if (filter && !cursor.at_top() && !filter(cursor.after(), node->last_path)) {
      CAIRN_CHECK(cursor.skip());
      continue;
    }
    const ChunkId id = node->page;
    CAIRN_TRY(const ManifestPage page, cursor.enter());
    if (on_page) CAIRN_CHECK(on_page(id, page.header));
    if (page.header.level == 0) CAIRN_CHECK(visit(id, page.entries));
  }
  return {};
}

Result<RecipeHeader> walk_recipe(const ChunkId& top, const PageFetch& fetch,
                                 const RecipeLeafVisit& visit, const PageVisit& on_page) {
  TreeCursor<RecipeCursorTraits> cursor(recipe_top(top), RecipeCursorTraits{fetch});
  RecipeHeader header;
  while (const InnerEntry* node = cursor.node()) {
    const ChunkId id = node->page;
    CAIRN_TRY(const RecipePage page, cursor.enter());
    if (page.header.top) header = page.recipe;
    if (on_page) CAIRN_CHECK(on_page(id, page.header));
    if (page.header.level == 0) CAIRN_CHECK(visit(id, page.entries));
  }
  return header;
}

Result<RecipeHeader> recipe_header(const ChunkId& top, const PageFetch& fetch) {
  TreeCursor<RecipeCursorTraits> cursor(recipe_top(top), RecipeCursorTraits{fetch});
  CAIRN_TRY(const RecipePage page, cursor.enter());
  return page.recipe;
}

}  // namespace cairn::format
