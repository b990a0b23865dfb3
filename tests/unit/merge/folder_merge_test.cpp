#include "merge/folder_merge.hpp"

#include <gtest/gtest.h>

#include "unit/format/page_store.hpp"

namespace cairn::merge {
namespace {

using format::ManifestEntry;
using format::PageStore;
using format::sample_file;

ManifestEntry changed(std::string path, std::string_view content) {
  auto entry = sample_file(std::move(path));
  entry.file_id = format::sample_id<FileId>(std::string(content));
  return entry;
}

// A million files in as many leaves as they need; `edits` replaces or adds.
std::vector<ManifestEntry> numbered(int count, const std::map<int, std::string>& edits) {
  std::vector<ManifestEntry> out;
  for (int i = 0; i < count; ++i) {
    char name[32];
    std::snprintf(name, sizeof name, "f%07d", i);
    const auto edit = edits.find(i);
    out.push_back(edit == edits.end() ? sample_file(name) : changed(name, edit->second));
  }
  return out;
}

TEST(FolderMerge, ReadsAndWritesPagesAlongTheChangesOnly) {
  constexpr int kFiles = 200'000;
  std::map<int, std::string> ours, theirs;
  for (int i = 0; i < 50; ++i) {
    ours[i * 3989] = "ours";
    theirs[i * 3989 + 1500] = "theirs";
  }
  PageStore store;
  const auto base = format::build_manifest(store, numbered(kFiles, {}));
  const auto left = format::build_manifest(store, numbered(kFiles, ours));
  const auto right = format::build_manifest(store, numbered(kFiles, theirs));
  auto both = ours;
  both.insert(theirs.begin(), theirs.end());
  const auto wanted = format::build_manifest(store, numbered(kFiles, both));
  const auto pages = store.pages.size();
  store.fetched = store.emitted = 0;
  const auto merge = FolderMerge::compare({base->id, left->id, right->id}, store.fetch());
  ASSERT_TRUE(merge.ok()) << merge.error().message();
  EXPECT_TRUE(merge->conflicts().empty());
  const auto merged =
      merge->write([](const Conflict&) { return Side::kOurs; }, store.fetch(), store.sink());
  ASSERT_TRUE(merged.ok()) << merged.error().message();
  EXPECT_EQ(merged->top.id, wanted->id);
  EXPECT_EQ(merged->totals.changed, 50u);
  EXPECT_EQ(store.pages.size(), pages);  // nothing that the wanted tree does not have
  RecordProperty("pages_fetched", store.fetched);
  RecordProperty("pages_emitted", store.emitted);
  EXPECT_LT(store.fetched, 400);  // of about 1,600 leaves in each of three trees
  EXPECT_LT(store.emitted, 110);
}

TEST(FolderMerge, TellsTheKindsOfConflicts) {
  PageStore store;
  const auto base = format::build_manifest(
      store, {sample_file("both"), sample_file("gone-here"), sample_file("gone-there")});
  const auto ours = format::build_manifest(store, {changed("both", "o"), changed("gone-there", "o"),
                                                   changed("new", "o"), changed("place", "o")});
  const auto theirs =
      format::build_manifest(store, {changed("both", "t"), changed("gone-here", "t"),
                                     changed("new", "t"), changed("place/below", "t")});
  const auto merge = FolderMerge::compare({base->id, ours->id, theirs->id}, store.fetch());
  ASSERT_TRUE(merge.ok()) << merge.error().message();
  using Kind = Conflict::Kind;
  const std::vector<std::pair<std::string, Kind>> wanted = {{"both", Kind::kBothChanged},
                                                            {"gone-here", Kind::kDeletedByUs},
                                                            {"gone-there", Kind::kDeletedByThem},
                                                            {"new", Kind::kBothAdded},
                                                            {"place", Kind::kFileAndFolder}};
  ASSERT_EQ(merge->conflicts().size(), wanted.size());
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    EXPECT_EQ(merge->conflicts()[i].path, wanted[i].first);
    EXPECT_EQ(merge->conflicts()[i].kind, wanted[i].second) << wanted[i].first;
  }
}

}  // namespace
}  // namespace cairn::merge
