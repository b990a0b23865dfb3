#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <thread>

#include "git/git_command.hpp"
#include "git/stage.hpp"
#include "unit/git/sandbox.hpp"

namespace cairn::git {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

// Names that git could take for options, magic or two lines.
const std::vector<std::string>& awkward_names() {
  static const std::vector<std::string> names = {
      "-n.cairn",   "--all",       ":(top)x", ":!x",       "a*.cairn",
      "a[b].cairn", "a?",          "sp ace ", "line\nend", "gr\xc3\xbc\xc3\x9f.cairn",
      "quo\"te",    "back\\slash", "#hash",   "!bang",     "tab\t"};
  return names;
}

TEST(Stage, TakesEveryNameLiterally) {
  const Sandbox sandbox;
  const auto tree = TestTree::create(sandbox / "shop");
  tree.write("ax.cairn", "not asked for");
  tree.write("ab.cairn", "not asked for");
  for (const auto& name : awkward_names()) tree.write(name, name);
  const auto repo = tree.open();
  const Status staged = repo.stage(awkward_names());
  ASSERT_TRUE(staged.ok()) << staged.error().message();
  EXPECT_THAT(*repo.tracked_below(""), ::testing::UnorderedElementsAreArray(awkward_names()));
  ASSERT_TRUE(repo.unstage_removed({"a*.cairn", ":!x", "not there"}).ok());
  EXPECT_EQ(repo.tracked_below("")->size(), awkward_names().size() - 2);
  EXPECT_TRUE(std::filesystem::exists(sandbox / "shop/a*.cairn"));
}

TEST(Stage, StagesRemovalsAndChangesOfManyPaths) {
  const Sandbox sandbox;
  const auto tree = TestTree::create(sandbox / "shop");
  std::vector<std::string> names;
  for (int i = 0; i < 20'000; ++i) {
    names.push_back("folder/with-a-rather-long-name/" + std::string(100, 'x') + std::to_string(i));
    tree.write(names.back(), "");
  }
  const auto repo = tree.open();
  ASSERT_TRUE(repo.stage(names).ok());  // more than a command line holds
  EXPECT_EQ(repo.tracked_below("folder")->size(), names.size());
  std::filesystem::remove(sandbox / "shop/" + names[0]);
  ASSERT_TRUE(repo.stage({names[0]}).ok());
  EXPECT_EQ(repo.tracked_below("folder")->size(), names.size() - 1);
  EXPECT_TRUE(repo.stage({}).ok());
}

TEST(Stage, TellsWhichEntriesChanged) {
  const Sandbox sandbox;
  const auto tree = TestTree::create(sandbox / "shop");
  for (const auto& name : awkward_names()) tree.write(name, name);
  const auto repo = tree.open();
  EXPECT_EQ(*stage_and_tell(repo, awkward_names()), awkward_names());
  EXPECT_THAT(*stage_and_tell(repo, awkward_names()), ::testing::IsEmpty());
  tree.write("a?", "changed");
  tree.write("line\nend", "changed");
  std::filesystem::remove(sandbox / "shop/tab\t");
  EXPECT_THAT(*stage_and_tell(repo, awkward_names()),
              UnorderedElementsAre("a?", "line\nend", "tab\t"));
}

TEST(Stage, IgnoredAndAbsentFilesAreErrorsWithGitsReason) {
  const Sandbox sandbox;
  const auto tree = TestTree::create(sandbox / "shop");
  tree.write(".gitignore", "*.cairn\n");
  tree.write("x.cairn", "");
  const auto repo = tree.open();
  const Status ignored = repo.stage({"x.cairn"});
  ASSERT_FALSE(ignored.ok());
  EXPECT_THAT(ignored.error().message(), HasSubstr("ignored by one of your .gitignore files"));
  const Status absent = repo.stage({"nothing"});
  ASSERT_FALSE(absent.ok());
  EXPECT_THAT(absent.error().message(), HasSubstr("did not match any files"));
}

TEST(Stage, ManyAtOnceAllSucceed) {
  const Sandbox sandbox;
  const auto tree = TestTree::create(sandbox / "shop");
  constexpr int kThreads = 20;
  for (int i = 0; i < kThreads; ++i) tree.write("f" + std::to_string(i), "x");
  const auto repo = tree.open();
  std::vector<std::string> failures(kThreads);
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      const Status status = repo.stage({"f" + std::to_string(i)});
      if (!status.ok()) failures[static_cast<std::size_t>(i)] = status.error().message();
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_THAT(failures, ::testing::Each(""));
  EXPECT_EQ(repo.tracked_below("")->size(), static_cast<std::size_t>(kThreads));
}

TEST(Stage, WaitsForALockAndGivesUpInTime) {
  const Sandbox sandbox;
  const auto tree = TestTree::create(sandbox / "shop");
  tree.write("x", "");
  const auto repo = tree.open();
  const std::string lock = sandbox / "shop/.git/index.lock";
  std::ofstream{lock};
  const GitCommand command(repo.paths());
  GitCall call;
  call.arguments = {"add", "x"};
  const auto given_up = command.run_locked(call, 50);
  ASSERT_FALSE(given_up.ok());
  EXPECT_EQ(given_up.error().code(), Code::kLocked);
  EXPECT_THAT(given_up.error().message(), HasSubstr("index.lock"));
  EXPECT_FALSE(given_up.error().hints().empty());

  std::thread holder([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
    std::filesystem::remove(lock);
  });
  EXPECT_TRUE(repo.stage({"x"}).ok());
  holder.join();
}

TEST(Stage, DoesNotWaitForWhatIsNoLock) {
  const Sandbox sandbox;
  const auto tree = TestTree::create(sandbox / "shop");
  tree.write("x.lock", "");
  const auto repo = tree.open();
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_FALSE(repo.stage({"nothing.lock"}).ok());
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5));
}

TEST(UnstageRemoved, TakesStagedContentThatNoFileHasAnyMore) {
  const Sandbox sandbox;
  const auto tree = TestTree::create(sandbox / "shop");
  tree.commit_file("x.cairn", "1");
  tree.write("x.cairn", "2");
  tree.git({"add", "x.cairn"});
  tree.write("x.cairn", "3");
  const auto repo = tree.open();
  const Status status = repo.unstage_removed({"x.cairn"});
  ASSERT_TRUE(status.ok()) << status.error().message();
  EXPECT_TRUE(repo.pointers_in_index()->empty());
  EXPECT_TRUE(std::filesystem::exists(sandbox / "shop/x.cairn"));
}

TEST(TrackedBelow, NamesEqualAndLowerPathsOnly) {
  const Sandbox sandbox;
  const auto tree = TestTree::create(sandbox / "shop");
  for (const char* name : {"data", "data2/x", "dir/a", "dir/b/c", "dirx", "*"})
    tree.write(name, "");
  tree.commit("all");
  const auto repo = tree.open();
  EXPECT_THAT(*repo.tracked_below("data"), ElementsAre("data"));
  EXPECT_THAT(*repo.tracked_below("dir"), ElementsAre("dir/a", "dir/b/c"));
  EXPECT_THAT(*repo.tracked_below("dir/b"), ElementsAre("dir/b/c"));
  EXPECT_THAT(*repo.tracked_below("*"), ElementsAre("*"));
  EXPECT_TRUE(repo.tracked_below("nothing")->empty());
  EXPECT_EQ(repo.tracked_below("")->size(), 6U);
}

TEST(Ignored, NamesTheRule) {
  const Sandbox sandbox;
  const auto tree = TestTree::create(sandbox / "shop");
  tree.write(".gitignore", "# all\n*.bin\n!keep.bin\n/a\\*\n");
  tree.write("sub/.gitignore", "data/\n");
  tree.write("sub/data/x", "");
  tree.write(".git/info/exclude", "private\n");
  tree.commit_file("tracked.bin", "");
  const auto repo = tree.open();
  const auto rule = repo.ignored("deep/x.bin");
  ASSERT_TRUE(rule.ok() && rule->has_value());
  EXPECT_EQ((*rule)->source, ".gitignore");
  EXPECT_EQ((*rule)->line, 2);
  EXPECT_EQ((*rule)->pattern, "*.bin");
  EXPECT_EQ((*repo.ignored("sub/data/x"))->source, "sub/.gitignore");
  EXPECT_EQ((*repo.ignored("private"))->source, ".git/info/exclude");
  EXPECT_TRUE(repo.ignored("tracked.bin")->has_value());  // as if it were not in the index
  EXPECT_TRUE(repo.ignored("a*")->has_value());
  EXPECT_FALSE(repo.ignored("ab")->has_value());
  EXPECT_TRUE(repo.ignored(":(top)x.bin")->has_value());
  EXPECT_TRUE(repo.ignored(":!x.bin")->has_value());
  EXPECT_TRUE(repo.ignored("-n.bin")->has_value());
  EXPECT_FALSE(repo.ignored("keep.bin")->has_value());
  EXPECT_FALSE(repo.ignored("other")->has_value());
}

TEST(Index, SplitSparseAndSkipHashIndexesAreRead) {
  const Sandbox sandbox;
  const auto tree = TestTree::create(sandbox / "shop");
  tree.write("in/a.cairn", "1");
  tree.write("out/b.cairn", "2");
  tree.commit("all");
  const auto repo = tree.open();
  tree.git({"update-index", "--split-index"});
  EXPECT_EQ(repo.pointers_in_index()->size(), 2U);
  EXPECT_EQ(repo.pointers_of_everything(90)->size(), 2U);
  tree.git({"update-index", "--no-split-index"});
  tree.git({"sparse-checkout", "set", "--sparse-index", "in"});
  EXPECT_EQ(repo.pointers_in_index()->size(), 2U);
  EXPECT_EQ(repo.tracked_below("out")->size(), 1U);
}

}  // namespace
}  // namespace cairn::git
