// Leaves and inner pages of manifests: what comes back, and every rule of one page.
#include "format/page_rules.hpp"
#include "unit/format/refusals.hpp"

namespace cairn::format {
namespace {

using base::Bytes;
using base::ByteView;

ManifestEntry file(std::string path, std::uint64_t size_bytes) {
  ManifestEntry entry;
  entry.path = std::move(path);
  entry.size_bytes = size_bytes;
  entry.file_id = size_bytes == 0 ? crypto::sha256({}).as<FileId>() : sample_id<FileId>(entry.path);
  return entry;
}
ManifestEntry chunked(std::string path, std::size_t chunks) {
  ManifestEntry entry = file(std::move(path), 100 * chunks);
  for (std::size_t i = 0; i < chunks; ++i)
    entry.chunks.push_back({sample_id<ChunkId>(std::to_string(i)), 100});
  return entry;
}
ManifestEntry with_recipe(std::string path, std::uint64_t size_bytes) {
  ManifestEntry entry = file(std::move(path), size_bytes);
  entry.has_recipe = true;
  entry.recipe = sample_id<ChunkId>("recipe");
  return entry;
}
ManifestEntry link(std::string path, std::string target) {
  ManifestEntry entry;
  entry.path = std::move(path);
  entry.type = EntryType::kLink;
  entry.target = std::move(target);
  return entry;
}
ManifestEntry empty_folder(std::string path) {
  ManifestEntry entry;
  entry.path = std::move(path);
  entry.type = EntryType::kEmptyFolder;
  return entry;
}

Bytes leaf(const std::vector<ManifestEntry>& entries, bool top = true) {
  base::ByteWriter out;
  encode_page_header({PageKind::kManifest, 0, top, static_cast<std::uint32_t>(entries.size())},
                     out);
  for (const ManifestEntry& entry : entries) encode_manifest_entry(entry, out);
  return std::move(out).take();
}
Bytes inner(const std::vector<InnerEntry>& children, std::uint8_t level = 1, bool top = true) {
  base::ByteWriter out;
  encode_page_header({PageKind::kManifest, level, top, static_cast<std::uint32_t>(children.size())},
                     out);
  for (const InnerEntry& child : children) encode_manifest_inner(child, out);
  return std::move(out).take();
}
std::vector<InnerEntry> two_children() {
  return {{sample_id<ChunkId>("page 1"), 3, 300, "b"},
          {sample_id<ChunkId>("page 2"), 4, 500, "d/e"}};
}

std::vector<ManifestEntry> all_sorts() {
  std::vector<ManifestEntry> entries = {chunked("a", 2),    file("b", 0),          file("c", 1),
                                        file("d", 1 << 20), empty_folder("empty"), chunked("f", 16),
                                        link("l", "../x"),  with_recipe("r", 1700)};
  entries[2].executable = true;
  return entries;
}

TEST(ManifestLeaf, ComesBack) {
  const auto entries = all_sorts();
  const auto page = decode_manifest_page(leaf(entries));
  ASSERT_TRUE(accepted(page));
  EXPECT_TRUE(page->header.top);
  ASSERT_EQ(page->entries.size(), entries.size());
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const ManifestEntry& got = page->entries[i];
    EXPECT_TRUE(got.same_content(entries[i])) << got.path;
    EXPECT_EQ(got.chunks, entries[i].chunks) << got.path;
    EXPECT_EQ(got.has_recipe, entries[i].has_recipe) << got.path;
    EXPECT_EQ(got.recipe, entries[i].recipe) << got.path;
  }
  const InnerEntry sum = sum_of(*page);
  EXPECT_EQ(sum.a, 6U);
  EXPECT_EQ(sum.b, 200U + 0 + 1 + (1 << 20) + 1600 + 1700);
  EXPECT_EQ(sum.last_path, "r");
}

TEST(ManifestLeaf, KnowsTheSizeOfAnEntry) {
  for (const ManifestEntry& entry : all_sorts()) {
    base::ByteWriter out;
    encode_manifest_entry(entry, out);
    EXPECT_EQ(out.size(), manifest_entry_bytes(entry)) << entry.path;
  }
}

TEST(ManifestLeaf, ContentIsNotHowAFileWasCut) {
  ManifestEntry a = chunked("a", 2);
  ManifestEntry b = a;
  b.chunks.clear();
  b.has_recipe = true;
  EXPECT_TRUE(a.same_content(b));
  const auto differs = [&](auto change) {
    b = a;
    change(b);
    return !a.same_content(b);
  };
  EXPECT_TRUE(differs([](ManifestEntry& e) { e.path = "x"; }));
  EXPECT_TRUE(differs([](ManifestEntry& e) { e.type = EntryType::kLink; }));
  EXPECT_TRUE(differs([](ManifestEntry& e) { e.executable = true; }));
  EXPECT_TRUE(differs([](ManifestEntry& e) { e.size_bytes = 3; }));
  EXPECT_TRUE(differs([](ManifestEntry& e) { e.file_id = {}; }));
  EXPECT_TRUE(differs([](ManifestEntry& e) { e.target = "x"; }));
}

TEST(ManifestLeaf, RefusesTruncation) {
  expect_truncations_refused(leaf(all_sorts()), decode_manifest_page);
  EXPECT_TRUE(
      corrupt(decode_manifest_page(joined(leaf(all_sorts()), Bytes(1))), "after its last entry"));
}

TEST(ManifestLeaf, RefusesWhatIsNewer) {
  const Bytes page = leaf({file("a", 1)});
  EXPECT_TRUE(accepted(decode_manifest_page(page)));
  EXPECT_TRUE(too_new(decode_manifest_page(patched(page, 4, std::uint8_t{0})), "kind 0"));
  EXPECT_TRUE(too_new(decode_manifest_page(patched(page, 4, std::uint8_t{4})), "kind 4"));
  EXPECT_TRUE(too_new(decode_manifest_page(patched(page, 5, std::uint8_t{2})), "version 2"));
  EXPECT_TRUE(too_new(decode_manifest_page(patched(page, 7, std::uint8_t{2})), "flags"));
  EXPECT_TRUE(too_new(decode_manifest_page(patched(page, 16, std::uint8_t{0})), "entry type 0"));
  EXPECT_TRUE(too_new(decode_manifest_page(patched(page, 16, std::uint8_t{4})), "entry type 4"));
  EXPECT_TRUE(too_new(decode_manifest_page(patched(page, 17, std::uint8_t{2})), "flags"));
}

TEST(ManifestLeaf, RefusesAnotherPage) {
  const Bytes page = leaf({file("a", 1)});
  EXPECT_TRUE(corrupt(decode_manifest_page(patched(page, 0, 'X')), "does not start like one"));
  EXPECT_TRUE(corrupt(decode_manifest_page(patched(page, 4, std::uint8_t{2})), "another kind"));
  EXPECT_TRUE(corrupt(decode_manifest_page(patched(page, 6, std::uint8_t{16})), "level above 15"));
  for (const std::size_t at : {12, 15, 22, 23}) {
    EXPECT_TRUE(corrupt(decode_manifest_page(patched(page, at, std::uint8_t{1})), "reserved"))
        << at;
  }
}

TEST(ManifestLeaf, OnlyTheTopMayBeEmpty) {
  EXPECT_TRUE(accepted(decode_manifest_page(leaf({}))));
  EXPECT_TRUE(corrupt(decode_manifest_page(leaf({}, false)), "no entry"));
}

TEST(ManifestLeaf, RefusesLyingCounts) {
  const Bytes page = leaf({file("a", 1), file("b", 1)});
  EXPECT_TRUE(
      corrupt(decode_manifest_page(patched(page, 8, std::uint32_t{1})), "after its last entry"));
  EXPECT_TRUE(corrupt(decode_manifest_page(patched(page, 8, std::uint32_t{3})), "cut short"));
  EXPECT_TRUE(corrupt(decode_manifest_page(patched(page, 8, std::uint32_t{1000})),
                      "too short for its entries"));
  EXPECT_TRUE(corrupt(decode_manifest_page(patched(page, 8, std::uint32_t{0xFFFFFFFF})),
                      "too many entries"));
}

TEST(ManifestLeaf, HoldsThePageLimits) {
  std::vector<ManifestEntry> entries;
  for (int i = 0; i < 1025; ++i) entries.push_back(empty_folder("f" + std::to_string(100'000 + i)));
  EXPECT_TRUE(corrupt(decode_manifest_page(leaf(entries)), "too many entries"));
  entries.pop_back();
  EXPECT_TRUE(accepted(decode_manifest_page(leaf(entries))));
  for (ManifestEntry& entry : entries) entry.path.resize(1100, 'x');
  EXPECT_TRUE(corrupt(decode_manifest_page(leaf(entries)), "larger than 1 MiB"));
}

TEST(ManifestLeaf, RefusesPathsThatMayNotStandInIt) {
  EXPECT_TRUE(corrupt(decode_manifest_page(leaf({link("", "x")})), "it is empty"));
  EXPECT_TRUE(corrupt(decode_manifest_page(leaf({file("../a", 1)})), "the path \"../a\""));
  EXPECT_TRUE(corrupt(decode_manifest_page(leaf({file(".git/config", 1)})), ".git"));
  EXPECT_TRUE(corrupt(decode_manifest_page(leaf({file("\x1b\xff", 1)})), "\\x1b\\xff"));
  EXPECT_TRUE(corrupt(decode_manifest_page(leaf({file(std::string(4096, 'x'), 1)})), "4,095"));
  EXPECT_TRUE(corrupt(decode_manifest_page(leaf({file("b", 1), file("a", 1)})), "ascending"));
  EXPECT_TRUE(corrupt(decode_manifest_page(leaf({file("a", 1), file("a", 1)})), "ascending"));
  EXPECT_TRUE(
      corrupt(decode_manifest_page(leaf({file("a", 1), file("a-", 1), file("a/b", 1)})), "parent"));
  EXPECT_TRUE(corrupt(decode_manifest_page(leaf({empty_folder("a"), file("a/b", 1)})), "parent"));
  EXPECT_TRUE(corrupt(decode_manifest_page(leaf({link("a", "x"), link("a/b", "x")})), "parent"));
}

TEST(ManifestLeaf, RefusesFilesThatContradictThemselves) {
  const Bytes empty = leaf({file("a", 0)});
  EXPECT_TRUE(corrupt(decode_manifest_page(patched(empty, 20, std::uint16_t{1})), "contradicts"));
  EXPECT_TRUE(corrupt(decode_manifest_page(patched(empty, 40, std::uint8_t{1})), "contradicts"));
  EXPECT_TRUE(corrupt(decode_manifest_page(patched(empty, 25, std::uint64_t{1})), "contradicts"));
  const Bytes one = leaf({file("a", 1)});
  EXPECT_TRUE(corrupt(decode_manifest_page(patched(one, 20, std::uint16_t{0})), "contradicts"));
  EXPECT_TRUE(corrupt(decode_manifest_page(patched(one, 25, std::uint64_t{0})), "contradicts"));
  EXPECT_TRUE(
      corrupt(decode_manifest_page(patched(one, 25, std::uint64_t{1 << 20 | 1})), "above 1 MiB"));
  EXPECT_TRUE(corrupt(decode_manifest_page(patched(one, 20, std::uint16_t{2})), "cut short"));
  for (const std::uint16_t n : std::vector<std::uint16_t>{17, 1000, 65'534}) {
    EXPECT_TRUE(corrupt(decode_manifest_page(patched(one, 20, n)), "more than 16 chunks"));
  }
}

TEST(ManifestLeaf, RefusesChunkListsThatDoNotAddUp) {
  const Bytes page = leaf({chunked("a", 2)});
  EXPECT_TRUE(corrupt(decode_manifest_page(patched(page, 25, std::uint64_t{201})), "add up"));
  EXPECT_TRUE(
      corrupt(decode_manifest_page(patched(page, 25 + 40 + 32, std::uint32_t{101})), "add up"));
  EXPECT_TRUE(
      corrupt(decode_manifest_page(patched(page, 25 + 40 + 32, std::uint32_t{0})), "no bytes"));
  EXPECT_TRUE(corrupt(decode_manifest_page(patched(page, 25 + 40 + 32, std::uint32_t{1 << 20 | 1})),
                      "above 1 MiB"));
}

TEST(ManifestLeaf, HoldsTheSizesOfFilesWithARecipe) {
  EXPECT_TRUE(accepted(decode_manifest_page(leaf({with_recipe("a", 17)}))));
  EXPECT_TRUE(
      corrupt(decode_manifest_page(leaf({with_recipe("a", 16)})), "too small for a recipe"));
  EXPECT_TRUE(accepted(decode_manifest_page(leaf({with_recipe("a", kMaxTotalBytes)}))));
  EXPECT_TRUE(corrupt(decode_manifest_page(leaf({with_recipe("a", kMaxTotalBytes + 1)})), "2^63"));
  EXPECT_TRUE(corrupt(decode_manifest_page(leaf({with_recipe("a", kMaxTotalBytes), file("b", 1)})),
                      "2^63"));
}

TEST(ManifestLeaf, RefusesLinksAndFoldersWithMoreThanTheyHave) {
  EXPECT_TRUE(accepted(decode_manifest_page(leaf({link("a", std::string(4095, '\xff'))}))));
  EXPECT_TRUE(
      corrupt(decode_manifest_page(leaf({link("a", std::string(4096, 'x'))})), "link target"));
  EXPECT_TRUE(corrupt(decode_manifest_page(leaf({link("a", "")})), "link target"));
  EXPECT_TRUE(corrupt(decode_manifest_page(leaf({link("a", std::string(1, '\0'))})), "NUL"));
  EXPECT_TRUE(corrupt(decode_manifest_page(patched(leaf({link("a", "x")}), 17, std::uint8_t{1})),
                      "executable"));
  EXPECT_TRUE(corrupt(decode_manifest_page(patched(leaf({empty_folder("a")}), 17, std::uint8_t{1})),
                      "executable"));
  EXPECT_TRUE(corrupt(
      decode_manifest_page(patched(leaf({empty_folder("a")}), 20, std::uint16_t{1})), "count"));
}

TEST(ManifestInner, ComesBack) {
  const auto page = decode_manifest_page(inner(two_children()));
  ASSERT_TRUE(accepted(page));
  ASSERT_EQ(page->children.size(), 2U);
  EXPECT_EQ(page->children[1].page, sample_id<ChunkId>("page 2"));
  EXPECT_EQ(page->children[1].last_path, "d/e");
  const InnerEntry sum = sum_of(*page);
  EXPECT_EQ(sum.a, 7U);
  EXPECT_EQ(sum.b, 800U);
}

TEST(ManifestInner, RefusesTruncation) {
  expect_truncations_refused(inner(two_children()), decode_manifest_page);
  EXPECT_TRUE(corrupt(decode_manifest_page(joined(inner(two_children()), Bytes(1))),
                      "after its last entry"));
}

TEST(ManifestInner, HoldsItsCounts) {
  EXPECT_TRUE(corrupt(decode_manifest_page(inner({})), "no entry"));
  EXPECT_TRUE(corrupt(decode_manifest_page(inner({}, 1, false)), "no entry"));
  EXPECT_TRUE(corrupt(decode_manifest_page(inner({two_children()[0]})), "single child"));
  EXPECT_TRUE(accepted(decode_manifest_page(inner({two_children()[0]}, 15, false))));
  EXPECT_TRUE(corrupt(decode_manifest_page(patched(inner(two_children()), 8, std::uint32_t{8192})),
                      "too short"));
  EXPECT_TRUE(corrupt(decode_manifest_page(patched(inner(two_children()), 8, std::uint32_t{8193})),
                      "too many"));
}

TEST(ManifestInner, HoldsItsPathsAndSums) {
  auto children = two_children();
  std::swap(children[0], children[1]);
  EXPECT_TRUE(corrupt(decode_manifest_page(inner(children)), "ascending"));
  children = two_children();
  children[1].last_path = "b/c";
  EXPECT_TRUE(corrupt(decode_manifest_page(inner(children)), "parent"));
  children[1].last_path = "d/..";
  EXPECT_TRUE(corrupt(decode_manifest_page(inner(children)), "the path"));
  children[0].last_path = "longer";
  children[1].last_path = "";
  EXPECT_TRUE(corrupt(decode_manifest_page(inner(children)), "it is empty"));
  children = two_children();
  children[1].a = kMaxTotalBytes;
  EXPECT_TRUE(corrupt(decode_manifest_page(inner(children)), "2^63"));
  children = two_children();
  children[0].b = ~std::uint64_t{0};
  EXPECT_TRUE(corrupt(decode_manifest_page(inner(children)), "2^63"));
}

}  // namespace
}  // namespace cairn::format
