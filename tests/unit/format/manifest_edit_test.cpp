// Editing trees of several levels: whole inner pages are taken over, and the tree is the one that
// is built anew. tests/property has random edits of smaller ones.
#include <gtest/gtest.h>

#include "unit/format/page_store.hpp"

namespace cairn::format {
namespace {

// Paths that each end a leaf, so that few entries make many pages.
std::vector<ManifestEntry> leaf_ends(std::size_t count) {
  std::vector<ManifestEntry> entries;
  for (int i = 0; entries.size() < count; ++i) {
    const std::string path = std::to_string(10'000'000 + i);
    if (crypto::sha256(base::view_of(path)).bytes[0] < 2) entries.push_back(sample_file(path));
  }
  return entries;
}

class ManifestEditing : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { entries_ = leaf_ends(9000); }

  // Edits the tree of entries_ so that it becomes `wanted`; pages fetched and emitted are counted.
  void becomes(const std::vector<ManifestEntry>& wanted, const std::vector<ManifestEdit>& edits) {
    const auto before = build_manifest(store_, entries_);
    const auto after = build_manifest(store_, wanted);
    store_.fetched = store_.emitted = 0;
    const auto edited = edit_manifest(before->id, edits, store_.fetch(), store_.sink());
    ASSERT_TRUE(edited.ok()) << edited.error().message();
    EXPECT_EQ(edited->id, after->id);
    EXPECT_EQ(edited->a, after->a);
    EXPECT_EQ(edited->b, after->b);
  }

  static std::vector<ManifestEntry> entries_;
  PageStore store_;
};
std::vector<ManifestEntry> ManifestEditing::entries_;

TEST_F(ManifestEditing, OneChangeReadsThePagesOnItsWay) {
  auto wanted = entries_;
  wanted[4500].size_bytes = 77;
  becomes(wanted, {{wanted[4500].path, wanted[4500]}});
  EXPECT_LT(store_.fetched, 12);
  EXPECT_LT(store_.emitted, 12);
}

TEST_F(ManifestEditing, TheEndMayBeCutOffAndGrow) {
  auto wanted = entries_;
  wanted.erase(wanted.begin() + 4, wanted.end());
  std::vector<ManifestEdit> edits;
  for (std::size_t i = 4; i < entries_.size(); ++i) edits.push_back({entries_[i].path, {}});
  becomes(wanted, edits);

  wanted = entries_;
  wanted.push_back(sample_file("99999999"));
  becomes(wanted, {{"99999999", wanted.back()}});
  EXPECT_LT(store_.fetched, 12);
}

TEST_F(ManifestEditing, TheBeginningToo) {
  auto wanted = entries_;
  wanted.erase(wanted.begin(), wanted.begin() + 2);
  becomes(wanted, {{entries_[0].path, {}}, {entries_[1].path, {}}});
  wanted.insert(wanted.begin(), sample_file("0"));
  becomes(wanted, {{"0", wanted[0]}, {entries_[0].path, {}}, {entries_[1].path, {}}});
}

TEST_F(ManifestEditing, RemovingWhatIsNotThereIsNothing) {
  becomes(entries_, {{"0", {}}, {"5", {}}, {"99999999", {}}});
}

// A last inner page of one child looks closed by the path it ends with, and is not: an inner page
// has two children at least.
TEST_F(ManifestEditing, TheLastPageOfALevelStaysOpen) {
  std::vector<std::size_t> ends;  // of inner pages
  for (std::size_t i = 0; i < entries_.size() && ends.size() < 2; ++i) {
    const auto digest = crypto::sha256(base::view_of(entries_[i].path));
    if (digest.bytes[1] == 0 && digest.bytes[2] < 64 && i > 2) ends.push_back(i);
  }
  ASSERT_EQ(ends.size(), 2u);
  const auto all = entries_;
  entries_.resize(ends[0] + 1);
  entries_.push_back(all[ends[1]]);
  auto wanted = entries_;
  wanted.push_back(sample_file("99999999"));
  becomes(wanted, {{"99999999", wanted.back()}});
  entries_ = all;
}

// Every edit on its own, where a page ends and where it begins.
TEST_F(ManifestEditing, EveryPlaceNearTheEndsOfPages) {
  for (std::size_t i = 1000; i < 9000; i += 613) {
    auto wanted = entries_;
    wanted.erase(wanted.begin() + static_cast<std::ptrdiff_t>(i));
    becomes(wanted, {{entries_[i].path, {}}});
  }
}

}  // namespace
}  // namespace cairn::format
