// Root tables: the tree of places, and every rule of its pages.
#include "format/root_table_page.hpp"

#include <map>

#include "unit/format/remote_samples.hpp"

namespace cairn::format {
namespace {

using base::Bytes;

// Pages where they were "uploaded" to: one after the other.
class PlacedPages {
 public:
  TablePageSink sink() {
    return [this](const ChunkId& id, Bytes page) -> Result<Place> {
      const Place place{sample_id<PackId>("pages"), next_, 900, 0,
                        static_cast<std::uint32_t>(page.size())};
      next_ += 1000;
      return put(id, place, std::move(page));
    };
  }
  PlacedFetch fetch() {
    return [this](const ChunkId& id, const Place& place) -> Result<Bytes> {
      const auto at = pages_.find(id);
      if (at == pages_.end()) return Error(Code::kMissing, "no such page");
      EXPECT_EQ(places_.at(id), place);
      return at->second;
    };
  }
  Place put(const ChunkId& id, const Place& place, Bytes page) {
    EXPECT_EQ(crypto::sha256(page).as<ChunkId>(), id);
    places_[id] = place;
    pages_[id] = std::move(page);
    return place;
  }
  RootTableChild put(Bytes page, std::uint64_t entries) {
    const auto id = crypto::sha256(page).as<ChunkId>();
    return {id, put(id, sample_place("by hand", 64), std::move(page)), entries};
  }
  const Bytes& page(const ChunkId& id) const { return pages_.at(id); }

 private:
  std::map<ChunkId, Bytes> pages_;
  std::map<ChunkId, Place> places_;
  std::uint32_t next_ = 64;
};

Result<TableTop> build(PlacedPages& pages, const std::vector<TableEntry>& entries) {
  RootTableBuilder builder(pages.sink());
  for (const TableEntry& entry : entries) CAIRN_CHECK(builder.add(entry));
  return builder.finish();
}
Result<std::vector<TableEntry>> walk(PlacedPages& pages, const TableTop& top) {
  std::vector<TableEntry> entries;
  CAIRN_CHECK(
      walk_root_table(top.id, top.place, pages.fetch(), [&](const TableEntry& entry) -> Status {
        entries.push_back(entry);
        return {};
      }));
  return entries;
}
bool same_entries(const std::vector<TableEntry>& a, const std::vector<TableEntry>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), same_entry);
}
std::vector<TableEntry> sample_entries(int count) {
  std::vector<TableEntry> entries;
  for (int i = 0; i < count; ++i) entries.push_back(sample_table_entry(i));
  return entries;
}
// As if no page id ended a page.
std::vector<TableEntry> without_cuts(std::vector<TableEntry> entries) {
  for (TableEntry& entry : entries) entry.page.bytes[0] |= 1;
  return entries;
}
Bytes page_of(const std::vector<TableEntry>& entries) {
  PlacedPages pages;
  return pages.page(build(pages, without_cuts(entries))->id);
}

TEST(RootTable, ComesBack) {
  PlacedPages pages;
  const auto entries = sample_entries(2000);  // some eight leaves
  const auto top = build(pages, entries);
  ASSERT_TRUE(accepted(top));
  const auto back = walk(pages, *top);
  ASSERT_TRUE(accepted(back));
  EXPECT_TRUE(same_entries(*back, entries));
  EXPECT_GT(pages.page(top->id).at(8), 2);
}

TableBase sample_base(int i) {
  return {sample_id<ChunkId>("base " + std::to_string(i)),
          sample_place("pack " + std::to_string(i % 3), 70 + static_cast<std::uint32_t>(i))};
}

TEST(RootTable, BasesComeBackWithTheirPage) {
  PlacedPages pages;
  auto entries = sample_entries(2000);
  for (int i = 0; i < 2000; ++i) {
    for (int b = i % 9; b > 0; --b)
      entries[static_cast<std::size_t>(i)].bases.push_back(sample_base(7 * i + b));
  }
  const auto top = build(pages, entries);
  ASSERT_TRUE(accepted(top));
  const auto back = walk(pages, *top);
  ASSERT_TRUE(accepted(back));
  EXPECT_TRUE(same_entries(*back, entries));
}

// 1,023 entries fill a leaf but for one place: the base has it, its page is in the next leaf.
TEST(RootTable, ALeafMayEndBetweenABaseAndItsPage) {
  PlacedPages pages;
  auto entries = without_cuts(sample_entries(1024));
  entries.back().bases = {sample_base(1)};
  entries.back().bases[0].page.bytes[0] = 1;
  const auto top = build(pages, entries);
  ASSERT_TRUE(accepted(top));
  const auto root = decode_root_table_page(pages.page(top->id));
  ASSERT_EQ(root->children.size(), 2U);
  EXPECT_TRUE(decode_root_table_page(pages.page(root->children[0].page))->slots.back().is_base);
  EXPECT_TRUE(same_entries(*walk(pages, *top), entries));
}

TEST(RootTable, OfAChunkIsOnePage) {
  PlacedPages pages;
  TableEntry entry;
  entry.page = sample_id<ChunkId>("chunk");
  entry.place = sample_place("pack", 64);
  const auto top = build(pages, {entry});
  ASSERT_TRUE(accepted(top));
  EXPECT_TRUE(same_entries(*walk(pages, *top), {entry}));
  EXPECT_EQ(pages.page(top->id).size(), 16U + 4 + 32 + 108);
}

TEST(RootTable, ListsEachPackOncePerLeaf) {
  const Bytes page = page_of(sample_entries(1000));
  EXPECT_EQ(base::load_le<std::uint32_t>(&page[16]), 5U);
}

TEST(RootTable, CutsLeavesByThePageId) {
  PlacedPages pages;
  auto entries = without_cuts(sample_entries(30));
  entries[9].page.bytes[0] = 0;
  entries[29].page.bytes[0] = 0;
  const auto top = decode_root_table_page(pages.page(build(pages, entries)->id));
  ASSERT_TRUE(accepted(top));
  ASSERT_EQ(top->children.size(), 2U);
  EXPECT_EQ(top->children[0].entries, 10U);
  EXPECT_EQ(top->children[1].entries, 20U);
}

TEST(RootTable, HoldsTheEntryLimits) {
  PlacedPages pages;
  const auto full = build(pages, without_cuts(sample_entries(1024)));
  EXPECT_EQ(decode_root_table_page(pages.page(full->id))->slots.size(), 1024U);
  const auto more = build(pages, without_cuts(sample_entries(1025)));
  const auto top = decode_root_table_page(pages.page(more->id));
  ASSERT_EQ(top->children.size(), 2U);
  EXPECT_EQ(top->children[0].entries, 1024U);
}

TEST(RootTable, CutsInnerPagesByThePageId) {
  PlacedPages pages;
  auto entries = sample_entries(6000);
  for (TableEntry& entry : entries) entry.page.bytes[0] = 0;  // a leaf each
  const auto top_id = build(pages, entries);
  ASSERT_TRUE(accepted(top_id));
  EXPECT_TRUE(same_entries(*walk(pages, *top_id), entries));
  const auto top = decode_root_table_page(pages.page(top_id->id));
  ASSERT_EQ(top->header.level, 2);
  std::size_t checked = 0;
  for (std::size_t at = 0; at + 1 < top->children.size(); ++at) {
    const auto inner = decode_root_table_page(pages.page(top->children[at].page));
    const auto& children = inner->children;
    for (std::size_t i = 1; i < children.size(); ++i) {
      EXPECT_EQ(children[i].page.bytes[0] == 0, i + 1 == children.size());
      ++checked;
    }
  }
  EXPECT_GT(checked, 3000U);
}

TEST(RootTable, HoldsTheInnerEntryLimit) {
  std::vector<std::uint32_t> inner;
  RootTableBuilder builder([&](const ChunkId&, const Bytes& page) -> Result<Place> {
    if (page[6] == 1) inner.push_back(base::load_le<std::uint32_t>(&page[8]));
    return sample_place("x", 64);
  });
  TableEntry entry = sample_table_entry(0);
  entry.page.bytes[0] = 0;  // all leaves are one page, so inner pages end only by their number
  for (int i = 0; i < 4097; ++i) EXPECT_TRUE(accepted(builder.add(entry)));
  EXPECT_TRUE(accepted(builder.finish()));
  EXPECT_EQ(inner, (std::vector<std::uint32_t>{4096, 1}));
}

TEST(RootTable, RefusesEntriesThatCanNotBe) {
  const auto with = [](int i, auto change) {
    PlacedPages pages;
    TableEntry entry = sample_table_entry(i);
    change(entry);
    return build(pages, {entry});
  };
  EXPECT_TRUE(corrupt(with(1, [](TableEntry& e) { e.level = 16; }), "level above 15"));
  EXPECT_TRUE(corrupt(with(0, [](TableEntry& e) { e.level = 1; }), "no leaf"));
  EXPECT_TRUE(corrupt(with(0, [](TableEntry& e) { e.kind = ClosureKind::kChunk; }), "no leaf"));
  EXPECT_TRUE(corrupt(with(1, [](TableEntry& e) { e.kind = ClosureKind::kChunk; }),
                      "a chunk with a level"));
  EXPECT_TRUE(
      corrupt(with(0, [](TableEntry& e) { e.place.record_offset = 1; }), "inside the header"));
  EXPECT_TRUE(
      corrupt(with(0, [](TableEntry& e) { e.locator_place.length = 0; }), "outside its record"));
  EXPECT_TRUE(corrupt(with(0, [](TableEntry& e) { e.bases.resize(9, sample_base(1)); }),
                      "more than 8 bases"));
  EXPECT_TRUE(corrupt(with(0,
                           [](TableEntry& e) {
                             e.kind = ClosureKind::kChunk;
                             e.locator = {};
                             e.bases = {sample_base(1)};
                           }),
                      "a chunk with a base"));
  EXPECT_TRUE(corrupt(with(0,
                           [](TableEntry& e) {
                             e.bases = {sample_base(1)};
                             e.bases[0].place.record_offset = 63;
                           }),
                      "inside the header"));
  PlacedPages pages;
  EXPECT_TRUE(corrupt(build(pages, {}), "without an entry"));
}

TEST(RootTableLeaf, HoldsItsRules) {
  const Bytes page =
      page_of({sample_table_entry(0), sample_table_entry(1)});  // two packs, "pack 0" and "pack 1"
  const std::size_t first = 16 + 4 + 2 * 32;
  const std::size_t second = first + 108;
  EXPECT_TRUE(accepted(decode_root_table_page(page)));
  expect_truncations_refused(page, decode_root_table_page);
  EXPECT_TRUE(corrupt(decode_root_table_page(joined(page, Bytes(1))), "length"));
  EXPECT_TRUE(too_new(decode_root_table_page(patched(page, first, std::uint8_t{4})), "kind 4"));
  EXPECT_TRUE(corrupt(decode_root_table_page(patched(page, first, std::uint8_t{3})), "no leaf"));
  EXPECT_TRUE(corrupt(decode_root_table_page(patched(page, second, std::uint8_t{3})), "a level"));
  EXPECT_TRUE(too_new(decode_root_table_page(patched(page, first + 2, std::uint8_t{3})), "flags"));
  EXPECT_TRUE(
      corrupt(decode_root_table_page(patched(page, first + 3, std::uint8_t{1})), "reserved"));
  EXPECT_TRUE(corrupt(decode_root_table_page(patched(page, first + 36, std::uint32_t{2})),
                      "does not list"));
  EXPECT_TRUE(corrupt(decode_root_table_page(patched(page, first + 88, std::uint32_t{2})),
                      "does not list"));
  EXPECT_TRUE(corrupt(decode_root_table_page(patched(page, second + 56, std::uint8_t{1})),
                      "does not announce"));
  EXPECT_TRUE(corrupt(decode_root_table_page(patched(page, second + 107, std::uint8_t{1})),
                      "does not announce"));
  EXPECT_TRUE(
      corrupt(decode_root_table_page(patched(page, second + 1, std::uint8_t{16})), "level"));
  EXPECT_TRUE(corrupt(decode_root_table_page(patched(page, 16, std::uint32_t{3})), "length"));
  EXPECT_TRUE(
      corrupt(decode_root_table_page(patched(page, 16, std::uint32_t{0xFFFFFFFF})), "pack list"));
  EXPECT_TRUE(corrupt(decode_root_table_page(patched(page, 8, std::uint32_t{0})), "no entry"));
  EXPECT_TRUE(corrupt(decode_root_table_page(patched(page, 8, std::uint32_t{1025})), "too many"));
  EXPECT_TRUE(corrupt(decode_root_table_page(patched(page, 4, std::uint8_t{1})), "another kind"));
  EXPECT_TRUE(corrupt(decode_root_table_page(Bytes((1 << 20) + 1)), "1 MiB"));
}

Bytes inner_page(std::uint8_t level, const std::vector<RootTableChild>& children) {
  base::ByteWriter out;
  encode_page_header(
      {PageKind::kRootTable, level, true, static_cast<std::uint32_t>(children.size())}, out);
  for (const RootTableChild& child : children) encode_root_child(child, out);
  return std::move(out).take();
}

TEST(RootTableInner, HoldsItsRules) {
  const RootTableChild child{sample_id<ChunkId>("1"), sample_place("pack", 64), 5};
  const Bytes page = inner_page(1, {child, child});
  EXPECT_TRUE(accepted(decode_root_table_page(page)));
  expect_truncations_refused(page, decode_root_table_page);
  EXPECT_TRUE(corrupt(decode_root_table_page(joined(page, Bytes(1))), "length"));
  EXPECT_TRUE(corrupt(decode_root_table_page(inner_page(1, {child})), "single child"));
  EXPECT_TRUE(corrupt(decode_root_table_page(patched(page, 8, std::uint32_t{4097})), "too many"));
  EXPECT_TRUE(corrupt(decode_root_table_page(patched(page, 16 + 64, std::uint32_t{0})),
                      "inside the header"));
  EXPECT_TRUE(
      corrupt(decode_root_table_page(patched(page, 16 + 80, std::uint64_t{0})), "entry counts"));
  const std::uint64_t rest = (1 << 26) - child.entries;  // besides the other child
  EXPECT_TRUE(accepted(decode_root_table_page(patched(page, 16 + 80, rest))));
  EXPECT_TRUE(corrupt(decode_root_table_page(patched(page, 16 + 80, rest + 1)), "entry counts"));
  EXPECT_TRUE(
      corrupt(decode_root_table_page(patched(page, 16 + 80, ~std::uint64_t{0})), "entry counts"));
}

TEST(RootTableWalk, HoldsLevelsFlagsAndCounts) {
  PlacedPages pages;
  Bytes leaf = page_of({sample_table_entry(0), sample_table_entry(1)});
  const auto top_leaf = pages.put(leaf, 2);
  leaf[7] = 0;
  const auto good = pages.put(leaf, 2);
  const auto walk_over = [&](std::uint8_t level, const RootTableChild& a, const RootTableChild& b) {
    const auto top = pages.put(inner_page(level, {a, b}), 0);
    return walk(pages, {top.page, top.place});
  };
  EXPECT_TRUE(accepted(walk_over(1, good, good)));
  EXPECT_TRUE(corrupt(walk_over(2, good, good), "not of the level"));
  EXPECT_TRUE(corrupt(walk_over(1, good, top_leaf), "top page"));
  EXPECT_TRUE(corrupt(walk_over(1, good, {good.page, good.place, 3}), "other contents"));
  EXPECT_TRUE(corrupt(walk(pages, {good.page, good.place}), "none on top"));
}

// The kind of a base, at an entry that has neither level nor locator.
TEST(RootTableWalk, EveryBaseHasItsPage) {
  TableEntry plain = sample_table_entry(0);
  plain.locator = {};
  const auto walk_with = [&](std::size_t count, const std::vector<std::size_t>& bases) {
    Bytes page = page_of(std::vector<TableEntry>(count, plain));
    const std::size_t first = page.size() - count * 108;
    for (const std::size_t i : bases) page[first + i * 108] = 3;
    PlacedPages pages;
    const auto top = pages.put(page, count);
    return walk(pages, {top.page, top.place});
  };
  const auto two = walk_with(4, {0, 1});
  ASSERT_TRUE(accepted(two));
  ASSERT_EQ(two->size(), 2U);
  EXPECT_EQ((*two)[0].bases.size(), 2U);
  EXPECT_EQ((*two)[0].bases[1].page, without_cuts({plain})[0].page);
  EXPECT_TRUE((*two)[1].bases.empty());
  EXPECT_TRUE(corrupt(walk_with(3, {2}), "a base of no page"));
  EXPECT_TRUE(corrupt(walk_with(1, {0}), "a base of no page"));
  EXPECT_TRUE(accepted(walk_with(9, {0, 1, 2, 3, 4, 5, 6, 7})));
  EXPECT_TRUE(corrupt(walk_with(10, {0, 1, 2, 3, 4, 5, 6, 7, 8}), "more than 8 bases"));
}

TEST(RootTableWalk, EndsWithErrors) {
  PlacedPages pages;
  const auto top = build(pages, {sample_table_entry(0)});
  EXPECT_TRUE(refused(walk_root_table(top->id, top->place, pages.fetch(),
                                      [](const TableEntry&) -> Status {
                                        return Error(Code::kInterrupted, "stop");
                                      }),
                      Code::kInterrupted, "stop"));
  EXPECT_TRUE(refused(walk(pages, {sample_id<ChunkId>("none"), top->place}), Code::kMissing,
                      "no such page"));
  RootTableBuilder builder(
      [](const ChunkId&, const Bytes&) -> Result<Place> { return Error(Code::kNetwork, "gone"); });
  EXPECT_TRUE(accepted(builder.add(sample_table_entry(0))));
  EXPECT_TRUE(refused(builder.finish(), Code::kNetwork, "gone"));
}

}  // namespace
}  // namespace cairn::format
