#include "merge/pointer_merge.hpp"

#include <gtest/gtest.h>

#include "crypto/sha256.hpp"

namespace cairn::merge {
namespace {

using format::Pointer;
using Kind = PointerVerdict::Kind;

Pointer file(std::string_view content, bool executable = false) {
  Pointer pointer;
  pointer.oid = crypto::sha256(base::view_of(content));
  pointer.size_bytes = content.size();
  pointer.executable = executable;
  return pointer;
}
Pointer folder(std::string_view content) {
  auto pointer = file(content);
  pointer.kind = Pointer::Kind::kFolder;
  return pointer;
}

TEST(PointerMerge, OneChangeWins) {
  EXPECT_EQ(merge_pointers({file("a"), file("b"), file("a")}).pointer, file("b"));
  EXPECT_EQ(merge_pointers({file("a"), file("a"), file("b")}).pointer, file("b"));
  EXPECT_EQ(merge_pointers({file("a"), file("b"), file("b")}).kind, Kind::kDecided);
  EXPECT_EQ(merge_pointers({std::nullopt, file("b"), file("b")}).kind, Kind::kDecided);
}

TEST(PointerMerge, TwoContentsAreAConflict) {
  EXPECT_EQ(merge_pointers({file("a"), file("b"), file("c")}).kind, Kind::kConflict);
  EXPECT_EQ(merge_pointers({std::nullopt, file("b"), file("c")}).kind, Kind::kConflict);
  EXPECT_EQ(merge_pointers({folder("a"), folder("b"), file("c")}).kind, Kind::kConflict);
}

TEST(PointerMerge, TheExecutableBitIsMergedOnItsOwn) {
  const auto merged = merge_pointers({file("a"), file("a", true), file("b")});
  EXPECT_EQ(merged.kind, Kind::kDecided);
  EXPECT_EQ(merged.pointer, file("b", true));
}

TEST(PointerMerge, FoldersAreMergedByTheirFilesAndKeepUnknownKeysOfBoth) {
  auto ours = folder("b"), theirs = folder("c");
  ours.extra = {{"x", "1"}};
  theirs.extra = {{"y", "2"}};
  const auto merged = merge_pointers({folder("a"), ours, theirs});
  EXPECT_EQ(merged.kind, Kind::kFolders);
  EXPECT_EQ(merged.pointer.extra.size(), 2u);
  theirs.extra = {{"x", "2"}};
  EXPECT_EQ(merge_pointers({folder("a"), ours, theirs}).kind, Kind::kConflict);
}

TEST(PointerMerge, HowAFileWasCutIsNoChange) {
  auto cut = file("b");
  cut.tree = crypto::sha256({}).as<ChunkId>();
  EXPECT_EQ(merge_pointers({file("b"), cut, file("c")}).pointer, file("c"));
}

}  // namespace
}  // namespace cairn::merge
