#include <gtest/gtest.h>

#include "unit/git/sandbox.hpp"

namespace cairn::git {
namespace {

std::string head_of(const TestTree& tree) {
  auto id = tree.git({"rev-parse", "HEAD"});
  while (!id.empty() && id.back() == '\n') id.pop_back();
  return id;
}

TEST(Introductions, NamesTheOldestCommitThatHasThePointer) {
  const Sandbox sandbox;
  const auto tree = TestTree::create(sandbox / "shop");
  std::vector<std::string> commits;
  for (const char* text : {"1", "2", "1"}) {
    tree.commit_file("odd name\n.cairn", text);
    commits.push_back(head_of(tree));
  }
  const auto repo = tree.open();
  const std::vector<PointerBlob> asked = {{"odd name\n.cairn", tree.blob("2")},
                                          {"odd name\n.cairn", tree.blob("1")},
                                          {"odd name\n.cairn", tree.blob("3")},
                                          {"other.cairn", tree.blob("1")}};
  for (const std::string range : {"HEAD", "HEAD^!", "HEAD~1..HEAD"}) {
    const auto found = repo.introductions({range}, asked);
    ASSERT_TRUE(found.ok()) << found.error().message();
    ASSERT_EQ(found->size(), 4U);
    ASSERT_TRUE((*found)[0] && (*found)[1]) << range;
    EXPECT_EQ((*found)[0]->id, commits[1]);
    EXPECT_EQ((*found)[0]->author, "Ada");
    EXPECT_EQ((*found)[1]->id, commits[0]);
    EXPECT_FALSE((*found)[2]);
    EXPECT_FALSE((*found)[3]);
  }
  EXPECT_FALSE(repo.introductions({"--output=x"}, asked).ok());
}

TEST(Introductions, ABranchIsNamedAndNotItsMerge) {
  const Sandbox sandbox;
  const auto tree = TestTree::create(sandbox / "shop");
  tree.commit_file("a.cairn", "base");
  tree.git({"checkout", "-q", "-b", "side"});
  tree.commit_file("a.cairn", "side");
  const auto side = head_of(tree);
  tree.git({"checkout", "-q", "main"});
  tree.commit_file("b.cairn", "main");
  tree.git({"merge", "-q", "-m", "joined", "side"});
  const auto found = tree.open().introductions({"HEAD^!"}, {{"a.cairn", tree.blob("side")}});
  ASSERT_TRUE(found.ok() && (*found)[0]);
  EXPECT_EQ((*found)[0]->id, side);
}

}  // namespace
}  // namespace cairn::git
