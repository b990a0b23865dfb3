#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/git/sandbox.hpp"

namespace cairn::git {
namespace {

TEST(Clone, IsNotLedAstrayByTheRepositoryAround) {
  const Sandbox sandbox;
  const auto origin = TestTree::create(sandbox / "origin");
  const auto id = origin.commit_file("a.cairn", "1");
  const auto other = TestTree::create(sandbox / "other");
  const Variable git_dir("GIT_DIR", sandbox / "other/.git");
  const Variable work_tree("GIT_WORK_TREE", sandbox / "other");
  const Variable index("GIT_INDEX_FILE", sandbox / "other/.git/index");
  const Status cloned = clone(origin.top(), sandbox / "new", {"-q"});
  ASSERT_TRUE(cloned.ok()) << cloned.error().message();
  const Variable no_git_dir("GIT_DIR", std::nullopt);
  const Variable no_work_tree("GIT_WORK_TREE", std::nullopt);
  const Variable no_index("GIT_INDEX_FILE", std::nullopt);
  EXPECT_EQ(*TestTree(sandbox / "new").open().resolve_commit("HEAD"), id);
  EXPECT_TRUE(other.open().pointers_in_index()->empty());
}

TEST(Clone, TakesExtraArguments) {
  const Sandbox sandbox;
  const auto origin = TestTree::create(sandbox / "origin");
  origin.commit("one");
  origin.commit("two");
  ASSERT_TRUE(clone("file://" + origin.top(), sandbox / "new", {"-q", "--depth=1"}).ok());
  EXPECT_TRUE(TestTree(sandbox / "new").open().paths().shallow);
}

TEST(Clone, KeepsTheUsersCommandLineSettings) {
  const Sandbox sandbox;
  const auto origin = TestTree::create(sandbox / "origin");
  origin.commit("one");
  const Variable count("GIT_CONFIG_COUNT", "1");
  const Variable key("GIT_CONFIG_KEY_0", "clone.defaultRemoteName");
  const Variable value("GIT_CONFIG_VALUE_0", "upstream");
  ASSERT_TRUE(clone(origin.top(), sandbox / "new", {"-q"}).ok());
  EXPECT_EQ(TestTree(sandbox / "new").git({"remote"}), "upstream");
}

TEST(Clone, FailsWithoutAUsableUrl) {
  const Sandbox sandbox;
  EXPECT_EQ(clone("", sandbox / "new", {"-q"}).error().code(), Code::kUsage);
  EXPECT_EQ(clone("https://host\n/x", sandbox / "new", {"-q"}).error().code(), Code::kUsage);
  const auto origin = TestTree::create(sandbox / "origin");
  const Status option = clone("--upload-pack=true", origin.top(), {"-q"});
  ASSERT_FALSE(option.ok());
  EXPECT_EQ(option.error().code(), Code::kIo);
  EXPECT_EQ(clone(sandbox / "nothing", sandbox / "new", {"-q"}).error().code(), Code::kIo);
}

}  // namespace
}  // namespace cairn::git
