// What is staged, what differs between commits, what a range brought, and what is ignored.
#include <gtest/gtest.h>

#include "unit/git/sandbox.hpp"

namespace cairn::git {
namespace {

class Staged : public ::testing::TestWithParam<const char*> {
 protected:
  GitRepo open() const { return *GitRepo::discover(tree_.top()); }
  std::vector<GitRepo::StagedEntry> entries() const {
    auto found = open().staged_entries();
    EXPECT_TRUE(found.ok()) << found.error().message();
    return found.ok() ? *std::move(found) : std::vector<GitRepo::StagedEntry>();
  }

  Sandbox sandbox_;
  TestTree tree_ =
      TestTree::create(sandbox_ / "tree", {std::string("--object-format=") + GetParam()});
};

TEST_P(Staged, BeforeTheFirstCommitAndAfter) {
  EXPECT_TRUE(entries().empty());
  tree_.write("a b", "12345");
  tree_.write("x.cairn", "p");
  tree_.git({"add", "-A"});
  auto found = entries();
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].path, "a b");
  EXPECT_EQ(found[0].size_bytes, 5U);
  EXPECT_EQ(found[0].head_blob, "");
  EXPECT_EQ(found[1].blob, tree_.blob("p"));
  tree_.commit("one");
  EXPECT_TRUE(entries().empty());
  tree_.write("a b", "1234567");
  tree_.git({"add", "-A"});
  tree_.git({"rm", "-q", "--cached", "x.cairn"});
  found = entries();
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].head_blob, tree_.blob("12345"));
  EXPECT_EQ(found[0].size_bytes, 7U);
  EXPECT_EQ(found[1].blob, "");
}

TEST_P(Staged, PointersThatDifferBetweenCommits) {
  tree_.write("code", "1");
  const auto first = tree_.commit_file("d/x.cairn", "one");
  tree_.write("code", "2");
  const auto second = tree_.commit_file("d/y.cairn", "two");
  tree_.git({"rm", "-q", "d/x.cairn"});
  const auto third = tree_.commit_file("d/y.cairn", "three");
  const auto changes = open().pointer_changes(first, third);
  ASSERT_TRUE(changes.ok());
  ASSERT_EQ(changes->size(), 2U);
  EXPECT_EQ((*changes)[0].path, "d/x.cairn");
  EXPECT_EQ((*changes)[0].before, tree_.blob("one"));
  EXPECT_EQ((*changes)[0].after, "");
  EXPECT_EQ((*changes)[1].before, "");
  EXPECT_EQ((*changes)[1].after, tree_.blob("three"));
  EXPECT_TRUE(open().pointer_changes(first, first)->empty());
  EXPECT_FALSE(open().pointer_changes("--output=x", first).ok());

  const auto brought = open().pointers_introduced({first + ".." + third});
  ASSERT_TRUE(brought.ok());
  ASSERT_EQ(brought->pointers.size(), 2U) << "x.cairn was there before";
  ASSERT_EQ(brought->commits.size(), 2U);
  EXPECT_EQ(brought->commits[0].id, third);
  EXPECT_EQ(brought->commits[1].first_parent, first);
  const auto whole = open().pointers_introduced({third});
  EXPECT_EQ(whole->pointers.size(), 3U) << "with the root";
  EXPECT_EQ(whole->commits.back().first_parent, "");
  EXPECT_EQ(open().pointers_introduced({second + "^!"})->pointers.size(), 1U);
}

TEST_P(Staged, IgnoredPathsInOrder) {
  tree_.write(".gitignore", "/data\n*.bin\n!keep.bin\n");
  const auto found = open().ignored_paths({"data", "other", "x.bin", "keep.bin", "a b\nc.bin"});
  ASSERT_TRUE(found.ok());
  EXPECT_EQ(*found, (std::vector<bool>{true, false, true, false, true}));
  EXPECT_EQ(*open().ignored_paths({"other"}), std::vector<bool>{false});
  EXPECT_TRUE(open().ignored_paths({})->empty());
}

INSTANTIATE_TEST_SUITE_P(ObjectFormats, Staged, ::testing::Values("sha1", "sha256"),
                         [](const auto& format) { return std::string(format.param); });

}  // namespace
}  // namespace cairn::git
