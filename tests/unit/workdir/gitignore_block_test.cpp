#include "workdir/gitignore_block.hpp"

#include <gtest/gtest.h>

#include <random>

#include "base/text.hpp"
#include "unit/git/sandbox.hpp"
#include "workdir/ignore.hpp"

namespace cairn::workdir {
namespace {

std::string add_ignored(std::string_view text, std::string_view name) {
  return workdir::add_ignored(text, std::vector{std::string(name)});
}
std::string remove_ignored(std::string_view text, std::string_view name) {
  return workdir::remove_ignored(text, std::vector{std::string(name)});
}

TEST(GitignoreBlock, IsMadeSortedAndRemoved) {
  std::string text = add_ignored("", "b");
  EXPECT_EQ(text, "# cairn begin\n/b\n# cairn end\n");
  text = add_ignored(add_ignored(text, "c"), "a");
  EXPECT_EQ(text, "# cairn begin\n/a\n/b\n/c\n# cairn end\n");
  EXPECT_EQ(add_ignored(text, "b"), text);
  EXPECT_TRUE(has_ignored(text, "a"));
  EXPECT_FALSE(has_ignored(text, "aa"));
  text = remove_ignored(remove_ignored(text, "a"), "c");
  EXPECT_EQ(text, "# cairn begin\n/b\n# cairn end\n");
  EXPECT_EQ(remove_ignored(text, "x"), text);
  EXPECT_EQ(remove_ignored(text, "b"), "");
}

TEST(GitignoreBlock, LeavesOtherLinesAlone) {
  const std::string before = "*.o\n/b\n\n# cairn begins not here\n!x  \n";
  EXPECT_FALSE(has_ignored(before, "b"));
  const std::string with = add_ignored(before, "b");
  EXPECT_EQ(with, before + "# cairn begin\n/b\n# cairn end\n");
  EXPECT_EQ(remove_ignored(with, "b"), before);
  const std::string around = with + "later\n";
  EXPECT_EQ(add_ignored(around, "a"), before + "# cairn begin\n/a\n/b\n# cairn end\nlater\n");
  EXPECT_EQ(remove_ignored(around, "b"), before + "later\n");
}

TEST(GitignoreBlock, KeepsTheLineEndsOfTheFile) {
  const std::string with = add_ignored("*.o\r\nx", "b");
  EXPECT_EQ(with, "*.o\r\nx\r\n# cairn begin\r\n/b\r\n# cairn end\r\n");
  EXPECT_TRUE(has_ignored(with, "b"));
  EXPECT_EQ(remove_ignored(with, "b"), "*.o\r\nx\r\n");
  EXPECT_EQ(add_ignored("x", "b"), "x\n# cairn begin\n/b\n# cairn end\n");
}

TEST(GitignoreBlock, KeepsForeignLinesInsideOfIt) {
  const std::string text = "# cairn begin\n# mine\n/a\n!/a/keep\n/c\n# cairn end\n";
  EXPECT_EQ(add_ignored(text, "b"), "# cairn begin\n# mine\n/a\n!/a/keep\n/b\n/c\n# cairn end\n");
  EXPECT_EQ(remove_ignored(remove_ignored(text, "a"), "c"),
            "# cairn begin\n# mine\n!/a/keep\n# cairn end\n");
  EXPECT_EQ(add_ignored("# cairn begin\nzzz\n/c\n# cairn end\n", "b"),
            "# cairn begin\nzzz\n/b\n/c\n# cairn end\n");
}

TEST(GitignoreBlock, BearsWhatMergesLeave) {
  const std::string twice =
      "# cairn begin\n/a\n/b\n# cairn end\nx\n# cairn begin\n/b\n# cairn end\n";
  EXPECT_EQ(remove_ignored(twice, "b"), "# cairn begin\n/a\n# cairn end\nx\n");
  const std::string unclosed = "# cairn begin\n/a\n/b\n*.o\n";
  EXPECT_TRUE(has_ignored(unclosed, "b"));
  EXPECT_EQ(add_ignored(unclosed, "c"), "# cairn begin\n/a\n/b\n/c\n# cairn end\n*.o\n");
  EXPECT_EQ(remove_ignored(remove_ignored(unclosed, "a"), "b"), "*.o\n");
  EXPECT_EQ(add_ignored("# cairn begin", "a"), "# cairn begin\n/a\n# cairn end\n");
}

const std::vector<std::string>& block_names() {
  static const std::vector<std::string> names = {"plain",
                                                 "with space",
                                                 "trailing ",
                                                 "two  ",
                                                 "#hash",
                                                 "!bang",
                                                 "star*",
                                                 "ques?",
                                                 "[a]",
                                                 "back\\",
                                                 "a\\b",
                                                 "\\",
                                                 "tab\t",
                                                 " lead",
                                                 "nl\nend",
                                                 "cr\r",
                                                 "cr\rmid",
                                                 "**",
                                                 "gr\xc3\xbc\xc3\x9f",
                                                 "]",
                                                 "-dash",
                                                 "a",
                                                 "quote\"'",
                                                 "\\ ",
                                                 "sub/data*",
                                                 "b ",
                                                 "~"};
  return names;
}

TEST(GitignoreBlock, GitIgnoresExactlyTheNamesAdded) {
  const git::Sandbox sandbox;
  const auto tree = git::TestTree::create(sandbox / "t");
  std::string text;
  for (const auto& name : block_names()) text = add_ignored(text, name);
  tree.write(".gitignore", text);
  const auto repo = tree.open();
  for (const auto& name : block_names()) {
    EXPECT_TRUE(has_ignored(text, name)) << name;
    EXPECT_TRUE(repo.ignored(name)->has_value()) << name;
    EXPECT_FALSE(repo.ignored("deeper/" + name)->has_value()) << name;
    EXPECT_TRUE(add_ignored(text, name) == text) << name;
  }
  for (const std::string other :
       {"plainx", "starx", "quesx", "trailing", "two", "abcb", "xplain"}) {
    EXPECT_FALSE(repo.ignored(other)->has_value()) << other;
  }
}

TEST(GitignoreBlock, AddingAndRemovingInAnyOrderLeavesTheRest) {
  std::mt19937 random(3);
  for (int round = 0; round < 200; ++round) {
    const std::string end = round % 2 == 0 ? "\n" : "\r\n";
    const std::string before = "# own" + end + "*.o" + end;
    std::string text = before;
    std::vector<std::string> names = block_names();
    std::shuffle(names.begin(), names.end(), random);
    for (const auto& name : names) text = add_ignored(text, name);
    std::shuffle(names.begin(), names.end(), random);
    for (std::size_t i = 0; i < names.size(); ++i) {
      ASSERT_TRUE(has_ignored(text, names[i])) << names[i];
      text = remove_ignored(text, names[i] + "/");
      ASSERT_FALSE(has_ignored(text, names[i])) << names[i];
    }
    ASSERT_EQ(text, before);
  }
}

TEST(GitignoreBlock, ManyNamesAreAsOneAfterTheOther) {
  const std::string before = "# cairn begin\n# mine\n/c\n/e\n# cairn end\n*.o\n";
  const std::vector<std::string> names = {"f", "a", "e", "d", "a"};
  std::string one_by_one = before;
  for (const auto& name : names) one_by_one = add_ignored(one_by_one, name);
  const auto after = workdir::add_ignored(before, names);
  EXPECT_EQ(after, "# cairn begin\n# mine\n/a\n/c\n/d\n/e\n/f\n# cairn end\n*.o\n");
  EXPECT_EQ(after, one_by_one);
  EXPECT_EQ(workdir::remove_ignored(after, {"a", "f", "d", "x"}), before);
}

}  // namespace
}  // namespace cairn::workdir
