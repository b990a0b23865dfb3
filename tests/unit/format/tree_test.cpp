// Building trees: where pages end, what they are called, and that walking gives back what went in.
#include <fmt/core.h>

#include "format/page_rules.hpp"
#include "unit/format/page_store.hpp"

namespace cairn::format {
namespace {

using Lines = std::vector<std::string>;

ManifestEntry empty_folder(std::string path) {
  ManifestEntry entry;
  entry.path = std::move(path);
  entry.type = EntryType::kEmptyFolder;
  return entry;
}
bool ends_leaf(std::string_view path) { return crypto::sha256(base::view_of(path)).bytes[0] < 2; }

// Paths that end a leaf or not, as wanted.
std::vector<ManifestEntry> entries_that(bool end_leaves, int count) {
  std::vector<ManifestEntry> entries;
  for (int i = 0; static_cast<int>(entries.size()) < count; ++i) {
    auto path = fmt::format("{:08}", i);
    if (ends_leaf(path) == end_leaves) entries.push_back(empty_folder(std::move(path)));
  }
  return entries;
}

TEST(ManifestTree, OfNothingIsOneEmptyPage) {
  PageStore store;
  const auto top = build_manifest(store, {});
  ASSERT_TRUE(accepted(top));
  EXPECT_EQ(top->a, 0U);
  EXPECT_EQ(top->b, 0U);
  EXPECT_EQ(store.emitted, 1);
  EXPECT_EQ(base::to_hex(store.pages.at(top->id)), "43524e50010100010000000000000000");
  EXPECT_EQ(walk_all(store, top->id)->pages, (Lines{"0:0^"}));
}

TEST(ManifestTree, CountsFilesAndBytes) {
  PageStore store;
  const auto top = build_manifest(
      store, {sample_file("a", 7), empty_folder("b"), sample_file("c", 0), sample_file("d", 8)});
  ASSERT_TRUE(accepted(top));
  EXPECT_EQ(top->a, 3U);
  EXPECT_EQ(top->b, 15U);
  EXPECT_EQ(walk_all(store, top->id)->pages, (Lines{"0:4^"}));
}

TEST(ManifestTree, CutsEveryLevelByTheHashOfTheLastPath) {
  // Found by search: SHA-256 of each starts with a byte below 2; that of a1..., b1... and c1...
  // goes on with two bytes that are below 64 as a number, that of b16664a3 with two such pairs.
  const Lines paths = {"a02a", "a1f20d", "b051", "b16664a3", "c0277", "c130ec2", "d04"};
  PageStore store;
  std::vector<ManifestEntry> entries;
  for (const std::string& path : paths) entries.push_back(empty_folder(path));
  const auto top = build_manifest(store, entries);
  ASSERT_TRUE(accepted(top));
  const auto walked = walk_all(store, top->id);
  ASSERT_TRUE(accepted(walked));
  EXPECT_EQ(walked->pages, (Lines{"3:2^", "2:2", "1:2", "0:1", "0:1", "1:2", "0:1", "0:1",  //
                                  "2:2", "1:2", "0:1", "0:1", "1:1", "0:1"}));
}

TEST(ManifestTree, AnInnerPageHasTwoEntriesAtLeastBeforeACut) {
  PageStore store;  // SHA-256("e71127d") starts with 00 00 0f 00 2d
  const auto top =
      build_manifest(store, {empty_folder("e71127d"), empty_folder("f"), empty_folder("g")});
  ASSERT_TRUE(accepted(top));
  EXPECT_EQ(walk_all(store, top->id)->pages, (Lines{"1:2^", "0:1", "0:2"}));
}

TEST(ManifestTree, AnEndAtTheVeryLastEntryOpensNoFurtherPage) {
  PageStore store;
  const auto top = build_manifest(store, {empty_folder("a"), empty_folder("e71127d")});
  ASSERT_TRUE(accepted(top));
  EXPECT_EQ(walk_all(store, top->id)->pages, (Lines{"0:2^"}));
  EXPECT_EQ(store.emitted, 1);
}

TEST(ManifestTree, HoldsTheEntryLimits) {
  PageStore store;
  const auto leaf = build_manifest(store, entries_that(false, 1024));
  EXPECT_EQ(walk_all(store, leaf->id)->pages, (Lines{"0:1024^"}));
  const auto two = build_manifest(store, entries_that(false, 1025));
  EXPECT_EQ(walk_all(store, two->id)->pages, (Lines{"1:2^", "0:1024", "0:1"}));
}

TEST(ManifestTree, EndsBeforeAnEntryThatWouldPassOneMebibyte) {
  // 16 + 127 * 8,256 + 1 * 48 = 1,048,576 is not to be had with one length, so the last path makes
  // up the rest.
  std::vector<ManifestEntry> entries;
  for (int i = 0; static_cast<int>(entries.size()) < 255; ++i) {
    std::string path = fmt::format("{:06}", i);
    path.resize(4095, 'x');
    if (!ends_leaf(path)) entries.push_back(empty_folder(path));
  }
  const std::size_t left =
      kMaxPageBytes - 16 - 255 * (8 + 4095);  // 2,295: one more entry of exactly that size
  for (const std::size_t extra : {0, 1}) {
    auto more = entries;
    for (int i = 0; more.size() == entries.size(); ++i) {
      std::string path = fmt::format("z{}", i);
      path.resize(left - 8 + extra, 'x');
      if (!ends_leaf(path)) more.push_back(empty_folder(path));
    }
    PageStore store;
    const auto top = build_manifest(store, more);
    ASSERT_TRUE(accepted(top));
    const auto walked = walk_all(store, top->id);
    EXPECT_EQ(walked->pages, extra == 0 ? (Lines{"0:256^"}) : (Lines{"1:2^", "0:255", "0:1"}));
    EXPECT_EQ(store.pages.at(top->id).size() == kMaxPageBytes, extra == 0);
  }
}

// The rules of the manual page, once more and in another way: over the list of entries instead of a
// stack of pages.
TEST(ManifestTree, HasThePagesThatTheRulesSay) {
  PageStore store;
  std::vector<ManifestEntry> entries;
  for (int i = 0; i < 300'000; ++i) entries.push_back(empty_folder(fmt::format("{:06}", i)));
  const auto top = build_manifest(store, entries);
  ASSERT_TRUE(accepted(top));
  Lines want;
  std::vector<std::uint32_t> inner;
  std::vector<std::uint32_t> leaves;
  std::uint32_t in_leaf = 0;
  std::uint32_t in_inner = 0;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const Digest digest = crypto::sha256(base::view_of(entries[i].path));
    const bool last = i + 1 == entries.size();
    if (++in_leaf < 1024 && digest.bytes[0] >= 2 && !last) continue;
    leaves.push_back(std::exchange(in_leaf, 0));
    ++in_inner;
    if ((in_inner >= 2 && digest.bytes[1] == 0 && digest.bytes[2] < 64) || in_inner == 8192 ||
        last) {
      inner.push_back(std::exchange(in_inner, 0));
    }
  }
  ASSERT_GE(inner.size(), 2U);
  want.push_back(fmt::format("2:{}^", inner.size()));
  auto leaf = leaves.begin();
  for (const std::uint32_t count : inner) {
    want.push_back(fmt::format("1:{}", count));
    for (std::uint32_t i = 0; i < count; ++i) want.push_back(fmt::format("0:{}", *leaf++));
  }
  const auto walked = walk_all(store, top->id);
  ASSERT_TRUE(accepted(walked));
  EXPECT_EQ(walked->pages, want);
  ASSERT_EQ(walked->entries.size(), entries.size());
  for (std::size_t i = 0; i < entries.size(); ++i)
    ASSERT_EQ(walked->entries[i].path, entries[i].path);
}

TEST(ManifestTree, RefusesEntriesThatMayNotStandInIt) {
  PageStore store;
  ManifestEntry chunked = sample_file("a", 100);
  chunked.chunks = {{sample_id<ChunkId>("1"), 50}, {sample_id<ChunkId>("2"), 51}};
  const std::vector<std::pair<std::vector<ManifestEntry>, std::string>> bad = {
      {{sample_file("b"), sample_file("a")},
       "the entry \"a\": paths that are not in ascending order"},
      {{sample_file("a"), sample_file("a")}, "ascending"},
      {{sample_file("a"), sample_file("a/b")}, "parent"},
      {{sample_file(".git")}, ".git"},
      {{sample_file("a", 1 << 20 | 1)}, "above 1 MiB"},
      {{chunked}, "add up"}};
  for (const auto& [entries, why] : bad)
    EXPECT_TRUE(corrupt(build_manifest(store, entries), why)) << why;
}

TEST(ManifestTree, RefusesWhatNoFileIs) {
  const auto with = [](auto change) {
    PageStore store;
    ManifestEntry entry = sample_file("a");
    change(entry);
    return build_manifest(store, {entry});
  };
  const ChunkRef chunk{sample_id<ChunkId>("1"), 50};
  EXPECT_TRUE(corrupt(with([](ManifestEntry& e) { e.target = "x"; }), "link target"));
  EXPECT_TRUE(
      corrupt(with([](ManifestEntry& e) { e.recipe = sample_id<ChunkId>("x"); }), "recipe id"));
  EXPECT_TRUE(corrupt(with([&](ManifestEntry& e) {
                        e.chunks = {chunk, chunk}, e.has_recipe = true;
                      }),
                      "beside"));
  EXPECT_TRUE(corrupt(with([&](ManifestEntry& e) { e.chunks = {chunk}; }), "2 to 16"));
  EXPECT_TRUE(corrupt(with([&](ManifestEntry& e) { e.chunks.assign(17, chunk); }), "2 to 16"));
  EXPECT_TRUE(corrupt(with([](ManifestEntry& e) { e.type = EntryType::kLink; }), "no file"));
  EXPECT_TRUE(corrupt(with([&](ManifestEntry& e) { e = empty_folder("a"), e.executable = true; }),
                      "no file"));
  EXPECT_TRUE(corrupt(with([&](ManifestEntry& e) { e = empty_folder("a"), e.has_recipe = true; }),
                      "no file"));
  EXPECT_TRUE(corrupt(with([&](ManifestEntry& e) { e = empty_folder("a"), e.chunks = {chunk}; }),
                      "no file"));
  EXPECT_TRUE(corrupt(with([&](ManifestEntry& e) { e = empty_folder("a"), e.target = "x"; }),
                      "link target"));
}

TEST(ManifestTree, RefusesSizesThatOverflow) {
  PageStore store;
  ManifestEntry huge = sample_file("a", kMaxTotalBytes);
  huge.has_recipe = true;
  ManifestEntry other = sample_file("b", 1);
  EXPECT_TRUE(accepted(build_manifest(store, {huge})));
  EXPECT_TRUE(corrupt(build_manifest(store, {huge, other}), "above the limit"));
  other.path = "g";
  // Over two leaves: the sum of the parent.
  EXPECT_TRUE(
      corrupt(build_manifest(store, {huge, empty_folder("e71127d"), other}), "above the limit"));
}

TEST(ManifestTree, EndsWithTheErrorOfTheSink) {
  ManifestBuilder builder(
      [](const ChunkId&, const base::Bytes&) -> Status { return Error(Code::kNoSpace, "full"); });
  EXPECT_TRUE(accepted(builder.add(empty_folder("a"))));
  EXPECT_TRUE(refused(builder.finish(), Code::kNoSpace, "full"));
}

// ---- recipes ----

// Chunk ids are free, so cuts of leaves are chosen.
ChunkRef ending(int i) {
  ChunkRef chunk{sample_id<ChunkId>("e" + std::to_string(i)), 5};
  chunk.id.bytes[0] = 0;
  chunk.id.bytes[1] &= 63;
  return chunk;
}
ChunkRef going_on(int i) {
  ChunkRef chunk{sample_id<ChunkId>("g" + std::to_string(i)), 7};
  if (chunk.id.bytes[0] == 0) chunk.id.bytes[1] |= 64;
  return chunk;
}

TEST(RecipeTree, CutsLeavesByTheChunkId) {
  PageStore store;
  const std::vector<ChunkRef> chunks = {going_on(1), ending(1), ending(2), going_on(2),
                                        going_on(3)};
  const auto top = build_recipe(store, chunks);
  ASSERT_TRUE(accepted(top));
  EXPECT_EQ(top->a, 31U);
  EXPECT_EQ(top->b, 5U);
  const auto walked = walk_all_chunks(store, top->id);
  ASSERT_TRUE(accepted(walked));
  EXPECT_EQ(walked->pages, (Lines{"1:3^", "0:2", "0:1", "0:2"}));
  EXPECT_EQ(walked->chunks, chunks);
  const auto header = recipe_header(top->id, store.fetch());
  ASSERT_TRUE(accepted(header));
  EXPECT_EQ(header->size_bytes, 31U);
  EXPECT_EQ(header->chunk_count, 5U);
}

TEST(RecipeTree, TellsTenZeroBits) {
  for (const auto& [first, second, cut] : std::vector<std::tuple<std::uint8_t, std::uint8_t, bool>>{
           {std::uint8_t{0}, std::uint8_t{0}, true},
           {std::uint8_t{0}, std::uint8_t{63}, true},
           {std::uint8_t{0}, std::uint8_t{64}, false},
           {std::uint8_t{1}, std::uint8_t{0}, false}}) {
    PageStore store;
    ChunkRef chunk = going_on(1);
    chunk.id.bytes[0] = first;
    chunk.id.bytes[1] = second;
    const auto top = build_recipe(store, {chunk, going_on(2)});
    EXPECT_EQ(walk_all_chunks(store, top->id)->pages.size(), cut ? 3U : 1U);
  }
}

TEST(RecipeTree, HoldsTheEntryLimits) {
  PageStore store;
  const auto full = build_recipe(store, std::vector<ChunkRef>(4096, going_on(1)));
  EXPECT_EQ(walk_all_chunks(store, full->id)->pages, (Lines{"0:4096^"}));
  const auto more = build_recipe(store, std::vector<ChunkRef>(2 * 4096 + 1, going_on(1)));
  const auto walked = walk_all_chunks(store, more->id);
  EXPECT_EQ(walked->pages, (Lines{"1:3^", "0:4096", "0:4096", "0:1"}));
  EXPECT_EQ(walked->leaves[0], walked->leaves[1]);  // a run of one chunk is stored once
  EXPECT_EQ(walked->chunks.size(), 8193U);
}

TEST(RecipeTree, CutsInnerPagesByThePageId) {
  std::vector<ChunkRef> chunks;
  for (int i = 0; i < 20'000; ++i) chunks.push_back(ending(i));
  PageStore store;
  const auto top = build_recipe(store, chunks);
  ASSERT_TRUE(accepted(top));
  const auto walked = walk_all_chunks(store, top->id);
  ASSERT_TRUE(accepted(walked));
  Lines want;
  std::vector<std::uint32_t> inner;
  std::uint32_t count = 0;
  for (std::size_t i = 0; i < walked->leaves.size(); ++i) {
    ++count;
    const ChunkId& id = walked->leaves[i];
    const bool cut = count >= 2 && id.bytes[0] == 0 && id.bytes[1] < 64;
    if (cut || count == 8192 || i + 1 == walked->leaves.size())
      inner.push_back(std::exchange(count, 0));
  }
  ASSERT_GT(inner.size(), 5U);
  want.push_back(fmt::format("2:{}^", inner.size()));
  for (const std::uint32_t n : inner) {
    want.push_back(fmt::format("1:{}", n));
    want.insert(want.end(), n, "0:1");
  }
  EXPECT_EQ(walked->pages, want);
}

TEST(RecipeTree, HoldsTheInnerEntryLimit) {
  ChunkRef chunk = ending(1);  // all leaves are the same page, whose id must not cut
  PageStore store;
  const auto top = build_recipe(store, std::vector<ChunkRef>(8193, chunk));
  ASSERT_TRUE(accepted(top));
  const auto walked = walk_all_chunks(store, top->id);
  ASSERT_FALSE(walked->leaves[0].bytes[0] == 0 && walked->leaves[0].bytes[1] < 64);
  EXPECT_EQ(walked->pages.size(), 1U + 2 + 8193);
  EXPECT_EQ(walked->pages[0], "2:2^");
  EXPECT_EQ(walked->pages[1], "1:8192");
}

TEST(RecipeTree, RefusesWhatNeedsNoRecipe) {
  PageStore store;
  EXPECT_TRUE(corrupt(build_recipe(store, {}), "fewer than two chunks"));
  EXPECT_TRUE(corrupt(build_recipe(store, {going_on(1)}), "fewer than two chunks"));
  EXPECT_TRUE(
      corrupt(build_recipe(store, {going_on(1), {sample_id<ChunkId>("x"), 0}}), "no bytes"));
  EXPECT_TRUE(
      corrupt(build_recipe(store, {{sample_id<ChunkId>("x"), 1 << 20 | 1}}), "above 1 MiB"));
}

TEST(RecipeTree, NamesTheParametersOfItsChunker) {
  PageStore store;
  chunk::GearParameters gear;
  gear.min_bytes = 4096;
  gear.max_bytes = 65'536;
  gear.single_bytes = 8192;
  gear.threshold = 77;
  RecipeBuilder builder(gear, store.sink());
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(accepted(builder.add(going_on(i))));
  const auto top = builder.finish();
  const auto header = recipe_header(top->id, store.fetch());
  ASSERT_TRUE(accepted(header));
  EXPECT_EQ(header->gear, gear);
}

}  // namespace
}  // namespace cairn::format
