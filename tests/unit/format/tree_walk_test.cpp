// Walking: what may be skipped, and trees whose pages are each in order but lie about each other.
#include <fmt/core.h>

#include "format/page_rules.hpp"
#include "unit/format/page_store.hpp"

namespace cairn::format {
namespace {

using base::Bytes;
using Lines = std::vector<std::string>;

Bytes leaf(const Lines& paths, bool top = false) {
  base::ByteWriter out;
  encode_page_header({PageKind::kManifest, 0, top, static_cast<std::uint32_t>(paths.size())}, out);
  for (const std::string& path : paths) encode_manifest_entry(sample_file(path, 10), out);
  return std::move(out).take();
}
Bytes inner(std::uint8_t level, const std::vector<InnerEntry>& children, bool top = true) {
  base::ByteWriter out;
  encode_page_header({PageKind::kManifest, level, top, static_cast<std::uint32_t>(children.size())},
                     out);
  for (const InnerEntry& child : children) encode_manifest_inner(child, out);
  return std::move(out).take();
}
InnerEntry child(PageStore& store, const Bytes& page) {
  InnerEntry entry = sum_of(*decode_manifest_page(page));
  entry.page = store.put(page);
  return entry;
}

TEST(ManifestWalk, ReadsPagesBuiltByHand) {
  PageStore store;
  const auto low = inner(1, {child(store, leaf({"a", "b"})), child(store, leaf({"c"}))}, false);
  const auto lone = inner(1, {child(store, leaf({"d"}))}, false);
  const auto top = store.put(inner(2, {child(store, low), child(store, lone)}));
  const auto walked = walk_all(store, top);
  ASSERT_TRUE(accepted(walked));
  EXPECT_EQ(walked->pages, (Lines{"2:2^", "1:2", "0:2", "0:1", "1:1", "0:1"}));
}

TEST(ManifestWalk, HoldsTopFlagsAndLevels) {
  PageStore store;
  EXPECT_TRUE(corrupt(walk_all(store, store.put(leaf({"a"}))), "none on top"));
  const auto other = child(store, leaf({"z"}));
  EXPECT_TRUE(corrupt(
      walk_all(store, store.put(inner(1, {child(store, leaf({"a"}, true)), other}))), "top page"));
  EXPECT_TRUE(corrupt(walk_all(store, store.put(inner(2, {child(store, leaf({"a"})), other}))),
                      "not of the level"));
  const auto low = inner(1, {other}, false);
  EXPECT_TRUE(
      corrupt(walk_all(store, store.put(inner(1, {child(store, leaf({"a"})), child(store, low)}))),
              "not of the level"));
}

TEST(ManifestWalk, EndsWhateverTheFetcherGives) {
  PageStore store;
  const InnerEntry entry{sample_id<ChunkId>("x"), 1, 1, "a"};
  const Bytes loop = inner(15, {entry, {entry.page, 1, 1, "b"}}, false);
  int fetches = 0;
  const PageFetch fetch = [&](const ChunkId&) -> Result<Bytes> {
    return ++fetches == 1 ? inner(15, {entry, {entry.page, 1, 1, "b"}}) : loop;
  };
  const auto status =
      walk_manifest(entry.page, fetch,
                    [](const ChunkId&, const std::vector<ManifestEntry>&) { return Status(); });
  EXPECT_TRUE(corrupt(status, "not of the level"));
  EXPECT_EQ(fetches, 2);
}

TEST(ManifestWalk, HoldsCountsSumsAndLastPaths) {
  PageStore store;
  const auto with = [&](auto change) {
    InnerEntry first = child(store, leaf({"a", "b"}));
    change(first);
    return walk_all(store, store.put(inner(1, {first, child(store, leaf({"d"}))})));
  };
  EXPECT_TRUE(accepted(with([](InnerEntry&) {})));
  EXPECT_TRUE(corrupt(with([](InnerEntry& e) { ++e.a; }), "other contents"));
  EXPECT_TRUE(corrupt(with([](InnerEntry& e) { --e.b; }), "other contents"));
  EXPECT_TRUE(corrupt(with([](InnerEntry& e) { e.last_path = "c"; }), "other contents"));
  EXPECT_TRUE(corrupt(with([](InnerEntry& e) { e.last_path = "a"; }), "other contents"));
}

TEST(ManifestWalk, HoldsTheOrderAcrossLeaves) {
  PageStore store;
  const auto with = [&](const Lines& first, const Lines& second) {
    return walk_all(store,
                    store.put(inner(1, {child(store, leaf(first)), child(store, leaf(second))})));
  };
  EXPECT_TRUE(accepted(with({"a", "b"}, {"c", "d"})));
  EXPECT_TRUE(corrupt(with({"a", "c"}, {"b", "d"}), "ascending"));
  EXPECT_TRUE(corrupt(with({"a", "c"}, {"c", "d"}), "ascending"));
}

TEST(ManifestWalk, HoldsParentsAcrossLeaves) {
  PageStore store;
  const auto with = [&](const std::vector<Lines>& leaves) {
    std::vector<InnerEntry> children;
    for (const Lines& paths : leaves) children.push_back(child(store, leaf(paths)));
    return walk_all(store, store.put(inner(1, children)));
  };
  EXPECT_TRUE(corrupt(with({{"a"}, {"a/b", "b"}}), "parent"));
  EXPECT_TRUE(corrupt(with({{"0", "a", "a!"}, {"a-", "a-b"}, {"a/b", "b"}}), "parent"));
  EXPECT_TRUE(accepted(with({{"0", "a!"}, {"a-", "a-b"}, {"a/b", "b"}})));
}

TEST(ManifestWalk, NamesThePageThatIsMissing) {
  PageStore store;
  const auto gone = child(store, leaf({"a"}));
  const auto top = store.put(inner(1, {gone, child(store, leaf({"b"}))}));
  store.pages.erase(gone.page);
  EXPECT_TRUE(refused(walk_all(store, top), Code::kMissing,
                      "page " + gone.page.short_hex() + ": no such page"));
}

TEST(ManifestWalk, EndsWithTheErrorOfAVisitor) {
  PageStore store;
  const auto top = store.put(leaf({"a"}, true));
  const auto stop = [](const auto&, const auto&) -> Status {
    return Error(Code::kInterrupted, "stop");
  };
  EXPECT_TRUE(refused(walk_manifest(top, store.fetch(), stop), Code::kInterrupted, "stop"));
  const auto go_on = [](const auto&, const auto&) { return Status(); };
  EXPECT_TRUE(
      refused(walk_manifest(top, store.fetch(), go_on, {}, stop), Code::kInterrupted, "stop"));
}

TEST(ManifestWalk, SkipsWhatTheFilterRefuses) {
  PageStore store;
  const auto low =
      inner(1, {child(store, leaf({"a", "b"})), child(store, leaf({"c", "d"}))}, false);
  const auto high = inner(1, {child(store, leaf({"e"})), child(store, leaf({"f", "g"}))}, false);
  const auto top = store.put(inner(2, {child(store, low), child(store, high)}));
  store.fetched = 0;
  Lines asked;
  Lines seen;
  const ChildFilter filter = [&](std::string_view after, std::string_view upto) {
    asked.push_back(fmt::format("{}..{}", after, upto));
    return upto != "d" && upto != "e";
  };
  const ManifestLeafVisit visit = [&](const ChunkId&,
                                      const std::vector<ManifestEntry>& entries) -> Status {
    for (const ManifestEntry& entry : entries) seen.push_back(entry.path);
    return {};
  };
  ASSERT_TRUE(accepted(walk_manifest(top, store.fetch(), visit, filter)));
  EXPECT_EQ(asked, (Lines{"..d", "d..g", "d..e", "e..g"}));
  EXPECT_EQ(seen, (Lines{"f", "g"}));
  EXPECT_EQ(store.fetched, 3);
}

TEST(ManifestWalk, HoldsTheOrderBehindASkippedPage) {
  PageStore store;
  const auto with = [&](const std::string& next) {
    const auto top =
        store.put(inner(1, {child(store, leaf({"a"})), child(store, leaf({next, "z"}))}));
    const auto visit = [](const ChunkId&, const std::vector<ManifestEntry>&) { return Status(); };
    return walk_manifest(top, store.fetch(), visit,
                         [](auto, std::string_view upto) { return upto != "a"; });
  };
  EXPECT_TRUE(accepted(with("b")));
  EXPECT_TRUE(corrupt(with("A"), "ascending"));
  EXPECT_TRUE(corrupt(with("a/b"), "parent"));
}

// ---- recipes ----

Bytes recipe_leaf(std::uint32_t chunks) {
  base::ByteWriter out;
  encode_page_header({PageKind::kRecipe, 0, false, chunks}, out);
  for (std::uint32_t i = 0; i < chunks; ++i) {
    out.id(sample_id<ChunkId>("chunk"));
    out.u32(10);
  }
  return std::move(out).take();
}
ChunkId recipe_top(PageStore& store, std::uint8_t level, const std::vector<InnerEntry>& children) {
  base::ByteWriter out;
  encode_page_header({PageKind::kRecipe, level, true, static_cast<std::uint32_t>(children.size())},
                     out);
  RecipeHeader header;
  for (const InnerEntry& entry : children) {
    header.size_bytes += entry.a;
    header.chunk_count += entry.b;
  }
  encode_recipe_header(header, out);
  for (const InnerEntry& entry : children) {
    out.id(entry.page);
    out.u64(entry.a);
    out.u64(entry.b);
  }
  return store.put(std::move(out).take());
}

TEST(RecipeWalk, HoldsLevelsAndSums) {
  PageStore store;
  const InnerEntry two{store.put(recipe_leaf(2)), 20, 2, ""};
  EXPECT_TRUE(accepted(walk_all_chunks(store, recipe_top(store, 1, {two, two}))));
  EXPECT_TRUE(
      corrupt(walk_all_chunks(store, recipe_top(store, 2, {two, two})), "not of the level"));
  EXPECT_TRUE(corrupt(walk_all_chunks(store, recipe_top(store, 1, {two, {two.page, 21, 2, ""}})),
                      "other contents"));
  EXPECT_TRUE(corrupt(walk_all_chunks(store, recipe_top(store, 1, {two, {two.page, 20, 3, ""}})),
                      "other contents"));
  EXPECT_TRUE(corrupt(walk_all_chunks(store, two.page), "none on top"));
  EXPECT_TRUE(corrupt(recipe_header(two.page, store.fetch()), "none on top"));
  const InnerEntry top{recipe_top(store, 1, {two, two}), 40, 4, ""};
  EXPECT_TRUE(corrupt(walk_all_chunks(store, recipe_top(store, 2, {top, top})), "top page"));
}

TEST(RecipeWalk, IsNoWayIntoAManifest) {
  PageStore store;
  EXPECT_TRUE(corrupt(walk_all_chunks(store, store.put(leaf({"a"}, true))), "another kind"));
}

}  // namespace
}  // namespace cairn::format
