#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <random>
#include <set>

#include "base/text.hpp"
#include "unit/git/sandbox.hpp"

namespace cairn::git {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsSupersetOf;
using ::testing::Pair;
using Pairs = std::set<std::pair<std::string, std::string>>;

Pairs pairs_of(const std::vector<PointerBlob>& pointers) {
  Pairs pairs;
  for (const auto& pointer : pointers) pairs.emplace(pointer.path, pointer.blob);
  EXPECT_EQ(pairs.size(), pointers.size()) << "a pair was given twice";
  return pairs;
}

TEST(PointersInHistory, NewestFirst) {
  const Sandbox sandbox;
  const auto tree = TestTree::create(sandbox / "shop");
  for (const char* text : {"1", "2", "3"}) tree.commit_file("a.cairn", text);
  const auto pointers = tree.open().pointers_in_history({"HEAD"});
  ASSERT_EQ(pointers->size(), 3U);
  EXPECT_EQ((*pointers)[0].blob, tree.blob("3"));
  EXPECT_EQ((*pointers)[1].blob, tree.blob("2"));
  EXPECT_EQ((*pointers)[2].blob, tree.blob("1"));
}

TEST(PointersInHistory, RangeHoldsTheWholeTreesOfItsCommits) {
  const Sandbox sandbox;
  const auto tree = TestTree::create(sandbox / "shop");
  tree.commit_file("kept.cairn", "1");
  tree.commit_file("changed.cairn", "1");
  tree.git({"tag", "old"});
  tree.commit_file("changed.cairn", "2");
  const auto repo = tree.open();
  const Pairs expected = {{"kept.cairn", tree.blob("1")}, {"changed.cairn", tree.blob("2")}};
  EXPECT_EQ(pairs_of(*repo.pointers_in_history({"old..HEAD"})), expected);
  EXPECT_EQ(pairs_of(*repo.pointers_in_history({"HEAD", "--not", "old"})), expected);
  EXPECT_EQ(pairs_of(*repo.pointers_in_history({"--all", "--max-count=1"})), expected);
  EXPECT_TRUE(repo.pointers_in_history({"HEAD", "--not", "--all"})->empty());
  EXPECT_EQ(repo.pointers_in_history({"--all"})->size(), 3U);
}

TEST(PointersInHistory, NamesOneBlobAtEveryPath) {
  const Sandbox sandbox;
  const auto tree = TestTree::create(sandbox / "shop");
  tree.commit_file("a.cairn", "same");
  tree.commit_file("b.cairn", "same");
  tree.git({"rm", "-q", "a.cairn"});
  tree.commit("remove");
  tree.commit_file("a.cairn", "same");
  EXPECT_EQ(tree.open().pointers_in_history({"HEAD"})->size(), 2U);
}

TEST(PointersInHistory, LeavesOutWhatARemoteHas) {
  const Sandbox sandbox;
  const auto origin = TestTree::create(sandbox / "origin");
  origin.commit_file("a.cairn", "1");
  origin.git({"clone", "-q", origin.top(), sandbox / "clone"});
  const TestTree tree(sandbox / "clone");
  const auto repo = tree.open();
  EXPECT_TRUE(repo.pointers_in_history({"HEAD", "--not", "--remotes"})->empty());
  tree.commit_file("a.cairn", "2");
  EXPECT_EQ(repo.pointers_in_history({"HEAD", "--not", "--remotes=origin"})->size(), 1U);
}

TEST(PointersInHistory, RefusesOtherOptionsAndUnknownRevisions) {
  const Sandbox sandbox;
  const auto tree = TestTree::create(sandbox / "shop");
  tree.commit("one");
  const auto repo = tree.open();
  for (const std::string argument :
       {"--output=x", "-x", "", "no..where", "HEAD\n--all", "nothing"}) {
    const auto pointers = repo.pointers_in_history({argument});
    ASSERT_FALSE(pointers.ok()) << argument;
    EXPECT_EQ(pointers.error().code(), Code::kUsage) << argument;
  }
}

TEST(PointersInHistory, ShallowCloneEndsAtItsBoundary) {
  const Sandbox sandbox;
  const auto origin = TestTree::create(sandbox / "origin");
  origin.commit_file("a.cairn", "1");
  origin.commit_file("b.cairn", "1");
  origin.commit_file("a.cairn", "2");
  origin.git({"clone", "-q", "--depth=1", "file://" + origin.top(), sandbox / "shallow"});
  const auto repo = TestTree(sandbox / "shallow").open();
  EXPECT_EQ(pairs_of(*repo.pointers_in_history({"HEAD"})),
            (Pairs{{"a.cairn", origin.blob("2")}, {"b.cairn", origin.blob("1")}}));
}

// A stream for `git fast-import`: random merges, changes, removals and roots.
std::string random_history(std::mt19937& random, int commits) {
  const auto below = [&](int bound) {
    return static_cast<int>(random() % static_cast<unsigned>(bound));
  };
  std::string stream;
  for (int i = 1; i <= commits; ++i) {
    stream += "commit refs/heads/c" + std::to_string(i) + "\nmark :" + std::to_string(i) +
              "\ncommitter A <a@b> " + std::to_string(1700000000 + below(50)) +
              " +0000\ndata 1\nx\n";
    if (i > 1 && below(10) != 0) {
      stream += "from :" + std::to_string(1 + below(i - 1)) + "\n";
      for (int merges = below(3); merges > 0; --merges) {
        stream += "merge :" + std::to_string(1 + below(i - 1)) + "\n";
      }
    }
    for (int changes = below(4); changes > 0; --changes) {
      const std::string name =
          std::string(below(2) ? "d/" : "") + std::string(1, static_cast<char>('a' + below(4)));
      const std::string path = name + (below(4) ? ".cairn" : ".txt");
      if (below(4) == 0) {
        stream += "D " + path + "\n";
      } else {
        stream += "M 100644 inline " + path + "\ndata 1\n" + std::to_string(below(10)) + "\n";
      }
    }
    stream += "\n";
  }
  return stream;
}

TEST(PointersInHistory, EqualsTheUnionOfAllTrees) {
  std::mt19937 random(7);
  for (int round = 0; round < 5; ++round) {
    const Sandbox sandbox;
    const auto tree = TestTree::create(sandbox / "shop");
    tree.git({"fast-import", "--quiet"}, random_history(random, 40));
    const auto repo = tree.open();
    for (int probe = 0; probe < 2; ++probe) {
      const auto name = [&] { return "c" + std::to_string(1 + random() % 40); };
      const std::vector<std::string> range = {name(), name(), "--not", name()};
      std::vector<std::string> list = {"rev-list"};
      list.insert(list.end(), range.begin(), range.end());
      Pairs expected;
      const std::string commits = tree.git(list);
      for (const auto id : base::split(commits, '\n')) {
        if (id.empty()) continue;
        const Pairs listed = pairs_of(*repo.pointers_at(std::string(id)));
        expected.insert(listed.begin(), listed.end());
      }
      EXPECT_EQ(pairs_of(*repo.pointers_in_history(range)), expected) << "round " << round;
    }
  }
}

TEST(PointersInHistory, TakesTwoProcesses) {
  const Sandbox sandbox;
  const auto tree = TestTree::create(sandbox / "shop");
  for (const char* text : {"1", "2", "3"}) tree.commit_file("a.cairn", text);
  const auto repo = tree.open();
  const CountedGit counted(sandbox);
  EXPECT_TRUE(repo.pointers_in_history({"HEAD"}).ok());
  EXPECT_EQ(counted.calls(), 2U);
}

TEST(PointersOfEverything, EmptyRepository) {
  const Sandbox sandbox;
  const auto pointers = TestTree::create(sandbox / "shop").open().pointers_of_everything(90);
  ASSERT_TRUE(pointers.ok()) << pointers.error().message();
  EXPECT_TRUE(pointers->empty());
}

TEST(PointersOfEverything, HoldsBranchesTagsAndNotes) {
  const Sandbox sandbox;
  const auto tree = TestTree::create(sandbox / "shop");
  tree.commit_file("a.cairn", "1");
  tree.git({"tag", "-a", "-m", "x", "v1"});
  tree.git({"checkout", "-q", "--orphan", "other"});
  tree.commit_file("a.cairn", "2");
  tree.git({"update-ref", "refs/own/space", tree.commit_file("a.cairn", "3")});
  tree.git({"checkout", "-q", "main"});
  tree.git({"branch", "-q", "-D", "other"});
  tree.git({"reflog", "expire", "--expire=now", "--all"});
  const auto pairs = pairs_of(*tree.open().pointers_of_everything(90));
  EXPECT_EQ(pairs, (Pairs{{"a.cairn", tree.blob("1")},
                          {"a.cairn", tree.blob("2")},
                          {"a.cairn", tree.blob("3")}}));
}

TEST(PointersOfEverything, HoldsEveryStash) {
  const Sandbox sandbox;
  const auto tree = TestTree::create(sandbox / "shop");
  tree.commit_file("a.cairn", "1");
  for (const char* text : {"older", "newer"}) {
    tree.write("a.cairn", text);
    tree.write("b.cairn", text);  // kept as untracked
    tree.git({"stash", "-q", "--include-untracked"});
  }
  tree.write("a.cairn", "index");
  tree.git({"add", "a.cairn"});
  tree.write("a.cairn", "tree");
  tree.git({"stash", "-q"});
  const auto pairs = pairs_of(*tree.open().pointers_of_everything(90));
  for (const char* text : {"older", "newer", "index", "tree"}) {
    EXPECT_THAT(pairs, Contains(Pair("a.cairn", tree.blob(text)))) << text;
  }
  EXPECT_THAT(pairs, Contains(Pair("b.cairn", tree.blob("older"))));
}

// Its later versions want numbers of 31 bits.
TEST(History, NoLimitIsNoNumberForGit) {
  const Sandbox sandbox;
  const auto tree = TestTree::create(sandbox / "shop");
  tree.commit_file("a.cairn", "1");
  tree.commit_file("a.cairn", "2");
  std::filesystem::create_directories(sandbox / "strict");
  std::ofstream(sandbox / "strict/git") << "#!/bin/sh\nfor word; do case $word in "
                                           "--max-count=??????????*) exit 128 ;; esac; done\nPATH='"
                                        << std::getenv("PATH") << "' exec git \"$@\"\n";
  std::filesystem::permissions(sandbox / "strict/git", std::filesystem::perms::owner_all);
  const Variable path("PATH", sandbox / "strict" + ":" + std::getenv("PATH"));
  EXPECT_EQ(tree.open().pointer_log("a.cairn", "HEAD", SIZE_MAX)->size(), 2U);
  EXPECT_EQ(tree.open().log_of("a.cairn", "HEAD", 1)->size(), 1U);
}

TEST(PointersOfEverything, HoldsReflogsUpToTheirAge) {
  const Sandbox sandbox;
  const auto tree = TestTree::create(sandbox / "shop");
  tree.commit_file("a.cairn", "1");
  tree.commit_file("a.cairn", "recent");
  tree.git({"reset", "-q", "--hard", "HEAD^"});
  {
    const Variable when("GIT_COMMITTER_DATE", "1500000000 +0000");
    tree.commit_file("a.cairn", "ancient");
  }
  tree.git({"reset", "-q", "--hard", "HEAD^"});
  std::filesystem::remove(sandbox / "shop/.git/ORIG_HEAD");
  const auto repo = tree.open();
  const auto young = pairs_of(*repo.pointers_of_everything(90));
  EXPECT_EQ(young, (Pairs{{"a.cairn", tree.blob("1")}, {"a.cairn", tree.blob("recent")}}));
  EXPECT_EQ(repo.pointers_of_everything(36500)->size(), 3U);
}

TEST(PointersOfEverything, PassesOverReflogEntriesWhoseCommitIsGone) {
  const Sandbox sandbox;
  const auto tree = TestTree::create(sandbox / "shop");
  tree.commit_file("a.cairn", "1");
  const auto lost = tree.commit_file("a.cairn", "2");
  tree.git({"reset", "-q", "--hard", "HEAD^"});
  std::filesystem::remove(sandbox / "shop/.git/ORIG_HEAD");
  std::filesystem::remove(sandbox / "shop/.git/objects/" + lost.substr(0, 2) + "/" +
                          lost.substr(2));
  const auto pointers = tree.open().pointers_of_everything(90);
  ASSERT_TRUE(pointers.ok()) << pointers.error().message();
  EXPECT_EQ(pointers->size(), 1U);
}

TEST(PointersOfEverything, HoldsOtherWorktreesAlsoWhenTheirFilesAreGone) {
  const Sandbox sandbox;
  const auto tree = TestTree::create(sandbox / "shop");
  tree.commit_file("a.cairn", "1");
  tree.git({"worktree", "add", "-q", "--detach", sandbox / "side"});
  const TestTree side(sandbox / "side");
  side.commit_file("a.cairn", "detached");
  side.write("b.cairn", "staged");
  side.git({"add", "b.cairn"});
  const Pairs expected = {{"a.cairn", tree.blob("1")},
                          {"a.cairn", tree.blob("detached")},
                          {"b.cairn", tree.blob("staged")}};
  const auto repo = tree.open();
  EXPECT_EQ(pairs_of(*repo.pointers_of_everything(90)), expected);
  EXPECT_EQ(pairs_of(*side.open().pointers_of_everything(90)), expected);
  tree.git({"reflog", "expire", "--expire=now", "--all"});
  std::filesystem::remove_all(sandbox / "side");
  EXPECT_EQ(pairs_of(*repo.pointers_of_everything(0)), expected);
}

TEST(PointersOfEverything, HoldsBothSidesOfAConflict) {
  const Sandbox sandbox;
  const auto tree = TestTree::create(sandbox / "shop");
  tree.commit_file("a.cairn", "base");
  tree.git({"checkout", "-q", "-b", "side"});
  tree.commit_file("a.cairn", "side");
  tree.git({"checkout", "-q", "main"});
  tree.commit_file("a.cairn", "main");
  base::ProcessOptions options;
  options.directory = tree.top();
  ASSERT_NE(base::run_process({"git", "merge", "-q", "side"}, options)->exit_code, 0);
  const auto repo = tree.open();
  const auto index = repo.pointers_in_index();
  ASSERT_FALSE(index.ok());
  EXPECT_EQ(index.error().code(), Code::kConflict);
  EXPECT_THAT(index.error().details(), ElementsAre("a.cairn"));
  EXPECT_THAT(*repo.tracked_below("a.cairn"),
              ElementsAre("a.cairn"));  // though it has three stages
  tree.git({"branch", "-q", "-D", "side"});
  tree.git({"reflog", "expire", "--expire=now", "--all"});
  std::filesystem::remove(sandbox / "shop/.git/MERGE_HEAD");
  EXPECT_THAT(pairs_of(*repo.pointers_of_everything(0)),
              IsSupersetOf(Pairs{{"a.cairn", tree.blob("side")}, {"a.cairn", tree.blob("main")}}));
}

TEST(PointersOfEverything, HoldsWhatOnlyAnUnfinishedOperationNames) {
  const Sandbox sandbox;
  const auto tree = TestTree::create(sandbox / "shop");
  tree.commit_file("a.cairn", "1");
  tree.write("a.cairn", "stashed");
  const auto stashed = tree.git({"stash", "create"});
  tree.git({"reset", "-q", "--hard"});
  tree.write(".git/rebase-merge/autostash", stashed + "\n");
  EXPECT_THAT(pairs_of(*tree.open().pointers_of_everything(90)),
              Contains(Pair("a.cairn", tree.blob("stashed"))));
}

}  // namespace
}  // namespace cairn::git
