#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "unit/git/sandbox.hpp"

namespace cairn::git {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

TEST(Discover, TellsTheDirectoriesFromASubfolder) {
  const Sandbox sandbox;
  const auto tree = TestTree::create(sandbox / "shop");
  tree.write("a/b/c", "");
  const auto repo = GitRepo::discover(sandbox / "shop/a/b");
  ASSERT_TRUE(repo.ok());
  EXPECT_EQ(repo->paths().top, sandbox / "shop");
  EXPECT_EQ(repo->paths().git_dir, sandbox / "shop/.git");
  EXPECT_EQ(repo->paths().common_dir, sandbox / "shop/.git");
  EXPECT_FALSE(repo->paths().bare);
  EXPECT_FALSE(repo->paths().shallow);
}

TEST(Discover, BearsAnyNameOfTheTop) {
  const Sandbox sandbox;
  for (const std::string name : {"with space", "line\nend", "gr\xc3\xbc\xc3\x9f", "-dash", "false",
                                 "x\nfalse", "end\n", "a'\"\\*"}) {
    const auto tree = TestTree::create(sandbox / name);
    tree.commit_file("x.cairn", "1");
    const auto repo = GitRepo::discover(sandbox / name);
    ASSERT_TRUE(repo.ok()) << name;
    EXPECT_EQ(repo->paths().top, sandbox / name);
    EXPECT_EQ(repo->paths().git_dir, sandbox / name + "/.git");
    EXPECT_EQ(repo->pointers_in_index()->size(), 1U);
  }
}

TEST(Discover, LinkedWorktreeSharesTheCommonDirectory) {
  const Sandbox sandbox;
  const auto tree = TestTree::create(sandbox / "main");
  tree.commit("one");
  tree.git({"worktree", "add", "-q", sandbox / "side"});
  const auto repo = TestTree(sandbox / "side").open();
  EXPECT_EQ(repo.paths().top, sandbox / "side");
  EXPECT_EQ(repo.paths().git_dir, sandbox / "main/.git/worktrees/side");
  EXPECT_EQ(repo.paths().common_dir, sandbox / "main/.git");
}

TEST(Discover, WorktreeOfABareRepositoryHasATop) {
  const Sandbox sandbox;
  const auto tree = TestTree::create(sandbox / "main");
  tree.commit_file("x.cairn", "1");
  tree.git({"clone", "-q", "--bare", sandbox / "main", sandbox / "bare.git"});
  TestTree(sandbox / "bare.git").git({"worktree", "add", "-q", sandbox / "side"});
  const auto repo = TestTree(sandbox / "side").open();
  EXPECT_FALSE(repo.paths().bare);
  EXPECT_EQ(repo.paths().top, sandbox / "side");
  ASSERT_TRUE(repo.tracked_below("").ok());
  EXPECT_EQ(repo.tracked_below("")->size(), 1U);
}

TEST(Discover, SubmoduleIsARepositoryOfItsOwn) {
  const Sandbox sandbox;
  const auto inner = TestTree::create(sandbox / "inner");
  inner.commit_file("x.cairn", "1");
  const auto outer = TestTree::create(sandbox / "outer");
  outer.commit("one");
  outer.git({"submodule", "--quiet", "add", sandbox / "inner", "sub"});
  const auto repo = TestTree(sandbox / "outer/sub").open();
  EXPECT_EQ(repo.paths().top, sandbox / "outer/sub");
  EXPECT_EQ(repo.paths().git_dir, sandbox / "outer/.git/modules/sub");
  EXPECT_EQ(repo.pointers_in_index()->size(), 1U);
  EXPECT_TRUE(outer.open().pointers_in_index()->empty());
}

TEST(Discover, BareRepositoryHasNoTop) {
  const Sandbox sandbox;
  const auto tree = TestTree::create(sandbox / "main");
  const auto id = tree.commit_file("x.cairn", "1");
  tree.git({"clone", "-q", "--bare", sandbox / "main", sandbox / "bare.git"});
  const auto repo = TestTree(sandbox / "bare.git").open();
  EXPECT_TRUE(repo.paths().bare);
  EXPECT_EQ(repo.paths().top, "");
  EXPECT_EQ(repo.paths().git_dir, sandbox / "bare.git");
  EXPECT_EQ(*repo.resolve_commit("main"), id);
  EXPECT_EQ(repo.pointers_at(id)->size(), 1U);
  EXPECT_TRUE(repo.pointers_in_index()->empty());
}

TEST(Discover, SaysThatACloneIsShallow) {
  const Sandbox sandbox;
  const auto tree = TestTree::create(sandbox / "main");
  tree.commit("one");
  tree.commit("two");
  tree.git({"clone", "-q", "--depth=1", "file://" + tree.top(), sandbox / "shallow"});
  EXPECT_TRUE(TestTree(sandbox / "shallow").open().paths().shallow);
}

TEST(Discover, OutsideOfARepositoryGivesGitsReason) {
  const Sandbox sandbox;
  const auto repo = GitRepo::discover(sandbox.path());
  ASSERT_FALSE(repo.ok());
  EXPECT_EQ(repo.error().code(), Code::kNotRepository);
  EXPECT_THAT(repo.error().message(), HasSubstr("not a git repository"));
  EXPECT_FALSE(repo.error().hints().empty());
}

TEST(Discover, ADirectoryThatIsNotThere) {
  const Sandbox sandbox;
  const auto repo = GitRepo::discover(sandbox / "nothing");
  ASSERT_FALSE(repo.ok());
  EXPECT_EQ(repo.error().code(), Code::kNotRepository);
  EXPECT_THAT(repo.error().message(), HasSubstr("there is no directory"));
}

TEST(Discover, InsideOfGitsOwnDirectoryThereIsNoWorkTree) {
  const Sandbox sandbox;
  TestTree::create(sandbox / "shop");
  const auto repo = GitRepo::discover(sandbox / "shop/.git");
  ASSERT_FALSE(repo.ok());
  EXPECT_EQ(repo.error().code(), Code::kNotRepository);
  EXPECT_THAT(repo.error().message(), HasSubstr("git's own directory"));
}

TEST(Discover, RepositoryOfAnotherOwnerGivesGitsHint) {
  const Sandbox sandbox;
  TestTree::create(sandbox / "shop");
  const Variable other_owner("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1");
  const auto repo = GitRepo::discover(sandbox / "shop");
  ASSERT_FALSE(repo.ok());
  EXPECT_EQ(repo.error().code(), Code::kNotRepository);
  EXPECT_THAT(repo.error().message(), HasSubstr("dubious ownership"));
  EXPECT_THAT(repo.error().hints(),
              Contains("git config --global --add safe.directory " + (sandbox / "shop")));
}

TEST(Discover, WithoutGitSaysSo) {
  const Sandbox sandbox;
  const Variable path("PATH", sandbox.path());
  const auto repo = GitRepo::discover(sandbox.path());
  ASSERT_FALSE(repo.ok());
  EXPECT_THAT(repo.error().message(), HasSubstr("cannot find `git`"));
}

TEST(Discover, HonoursGitsEnvironment) {
  const Sandbox sandbox;
  const auto tree = TestTree::create(sandbox / "shop");
  tree.commit_file("x.cairn", "1");
  tree.write("sub/y", "");
  // As a hook sees it, but started from a subfolder: the relative directory counts from there.
  const Variable git_dir("GIT_DIR", "../.git");
  const Variable work_tree("GIT_WORK_TREE", "..");
  const auto repo = GitRepo::discover(sandbox / "shop/sub");
  ASSERT_TRUE(repo.ok()) << repo.error().message();
  EXPECT_EQ(repo->paths().top, sandbox / "shop");
  EXPECT_EQ(repo->paths().common_dir, sandbox / "shop/.git");
  ASSERT_TRUE(repo->pointers_in_index().ok()) << repo->pointers_in_index().error().message();
  EXPECT_EQ(repo->pointers_in_index()->size(), 1U);
  EXPECT_EQ(repo->tracked_below("")->size(), 1U);
}

TEST(Discover, HonoursTheIndexOfARunningCommit) {
  const Sandbox sandbox;
  const auto tree = TestTree::create(sandbox / "shop");
  tree.commit_file("x.cairn", "1");
  std::filesystem::copy_file(sandbox / "shop/.git/index", sandbox / "shop/.git/next-index");
  tree.git({"rm", "-q", "x.cairn"});
  const auto repo = tree.open();
  EXPECT_TRUE(repo.pointers_in_index()->empty());
  const Variable index("GIT_INDEX_FILE", ".git/next-index");
  EXPECT_EQ(repo.pointers_in_index()->size(), 1U);
  tree.git({"checkout", "-q", "--orphan", "other"});  // no commit, and that index only
  tree.write("y.cairn", "2");
  {
    const Variable own_index("GIT_INDEX_FILE", std::nullopt);
    tree.git({"add", "y.cairn"});
  }
  EXPECT_EQ(repo.pointers_of_everything(0)->size(), 2U);
}

TEST(Discover, TakesOneProcessAndTheListingOfSettingsOneMore) {
  const Sandbox sandbox;
  const auto tree = TestTree::create(sandbox / "shop");
  const CountedGit counted(sandbox);
  const auto repo = tree.open();  // both are started; the second may not have come to count
  EXPECT_TRUE(repo.config().ok());
  EXPECT_TRUE(repo.config().ok());
  EXPECT_EQ(counted.calls(), 2U);
}

TEST(Run, CapturesOutputAndReportsFailure) {
  const Sandbox sandbox;
  const auto tree = TestTree::create(sandbox / "shop");
  const auto repo = tree.open();
  EXPECT_EQ(*repo.run({"hash-object", "--stdin"}, "x"), tree.blob("x") + "\n");
  const auto failed = repo.run({"cat-file", "blob", "HEAD:nothing"});
  ASSERT_FALSE(failed.ok());
  EXPECT_THAT(failed.error().message(), HasSubstr("git cat-file: "));
}

}  // namespace
}  // namespace cairn::git
