#include "workdir/scan.hpp"

#include <gtest/gtest.h>

#include <sys/stat.h>

#include <algorithm>

#include "unit/base/scratch.hpp"

namespace cairn::workdir {
namespace {

namespace fs = std::filesystem;

class ScanTest : public testing::Test {
 protected:
  ScanTest() { fs::create_directories(scratch_ / "data"); }

  void put(const std::string& path, std::string_view text = "x") {
    fs::create_directories(fs::path(scratch_ / path).parent_path());
    base::put_file(scratch_ / path, text);
  }
  Result<ScanResult> scan(const std::string& folder = "data", const PatternList& ignore = {}) {
    CAIRN_TRY(const TreeRoot root, TreeRoot::open(scratch_.path()));
    return scan_folder(test_.context, root, folder, ignore);
  }
  // "path" of files, "path@" of links, "path/" of empty folders.
  std::vector<std::string> names(const std::string& folder = "data",
                                 const PatternList& ignore = {}) {
    const auto result = scan(folder, ignore);
    if (!result.ok()) return {result.error().message()};
    std::vector<std::string> out;
    for (const ScannedNode& node : result->nodes) {
      out.push_back(node.path + (node.type == NodeType::kLink          ? "@"
                                 : node.type == NodeType::kEmptyFolder ? "/"
                                                                       : ""));
    }
    return out;
  }
  using Names = std::vector<std::string>;

  base::Scratch scratch_;
  base::TestContext test_{2};
};

TEST_F(ScanTest, SortsByTheBytesOfTheWholePath) {
  for (const char* name : {"a/x", "a.txt", "a-b", "a0", "b", "a/y/z", "\xc3\xa9", "Z", "a/x.txt"})
    put(std::string("data/") + name);
  fs::create_directories(scratch_ / "data/e");  // empty: sorts as its bare name
  put("data/e.txt");
  put("data/e!");
  const Names found = names();
  Names bare = found;
  EXPECT_TRUE(std::is_sorted(bare.begin(), bare.end(), [](std::string a, std::string b) {
    if (a.back() == '/') a.pop_back();
    if (b.back() == '/') b.pop_back();
    return a < b;
  }));
  EXPECT_EQ(found, (Names{"Z", "a-b", "a.txt", "a/x", "a/x.txt", "a/y/z", "a0", "b", "e/", "e!",
                          "e.txt", "\xc3\xa9"}));
}

TEST_F(ScanTest, LongCommonStartsOfNamesDoNotConfuseTheOrder) {
  Names expected;
  for (int i = 0; i < 300; ++i)
    expected.push_back("a-long-common-start-" + std::to_string(i * 7919 % 100'000) + ".json");
  expected.push_back("a-long-common-start-");
  expected.push_back("a-long-common-start-1");
  expected.push_back("b");  // from now on the common start has no letter
  for (const std::string& name : expected) put("data/" + name);
  std::sort(expected.begin(), expected.end());
  EXPECT_EQ(names(), expected);
  std::filesystem::remove(scratch_ / "data/b");
  expected.pop_back();
  EXPECT_EQ(names(), expected);
}

TEST_F(ScanTest, TellsStatsAndSumsBytes) {
  put("data/one", "12345");
  put("data/deep/two", "1234567");
  const auto result = scan();
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->bytes, 12U);
  ASSERT_EQ(result->nodes.size(), 2U);
  struct ::stat info {};
  ASSERT_EQ(::stat((scratch_ / "data/deep/two").c_str(), &info), 0);
  EXPECT_EQ(result->nodes[0].stat, stat_key(info));
  EXPECT_EQ(result->nodes[0].stat.size, 7U);
}

TEST_F(ScanTest, LinksAreNodesAndNeverFollowed) {
  fs::create_directories(scratch_ / "other");
  put("other/file");
  fs::create_directory_symlink(scratch_ / "other", scratch_ / "data/folder");
  fs::create_symlink("nowhere", scratch_ / "data/dangling");
  EXPECT_EQ(names(), (Names{"dangling@", "folder@"}));
  fs::create_directory_symlink(scratch_ / "data", scratch_ / "linked");
  const auto through = scan("linked");
  ASSERT_FALSE(through.ok());
  EXPECT_EQ(through.error().code(), Code::kConflict);
}

TEST_F(ScanTest, EmptyFoldersAreThoseWithoutAnythingThatCounts) {
  fs::create_directories(scratch_ / "data/empty");
  fs::create_directories(scratch_ / "data/outer/inner");
  put("data/junk/.DS_Store");
  EXPECT_EQ(names(), (Names{"empty/", "junk/", "outer/inner/"}));
  fs::create_directories(scratch_ / "none");
  EXPECT_EQ(names("none"), Names{});
}

TEST_F(ScanTest, AnAbsentFolderIsNotFound) {
  const auto result = scan("absent");
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code(), Code::kNotFound);
}

TEST_F(ScanTest, BuiltInIgnoresAndTemporaryNames) {
  for (const char* name : {".nfs0001", ".snapshot/x", "lost+found/x", ".DS_Store", "sub/.DS_Store",
                           ".cairn-tmp-0123456789abcdef", "kept", "sub/kept"}) {
    put(std::string("data/") + name);
  }
  EXPECT_EQ(names(), (Names{"kept", "sub/kept"}));
  PatternList keep;
  keep.add("!.DS_Store", "");
  keep.add("!.cairn-tmp-*", "");
  EXPECT_EQ(names("data", keep), (Names{".DS_Store", "kept", "sub/.DS_Store", "sub/kept"}));
}

TEST_F(ScanTest, IgnoreFilesOnTheWayAndRulesFromAbove) {
  for (const char* name : {"a.tmp", "a.log", "sub/a.tmp", "sub/a.log", "sub/deep/keep.log",
                           "build/x", "sub/build/x"}) {
    put(std::string("data/") + name);
  }
  put("data/.cairnignore", "*.tmp\n/build/\n");
  put("data/sub/.cairnignore", "*.log\n!keep.log\n");
  EXPECT_EQ(names(), (Names{".cairnignore", "a.log", "sub/.cairnignore", "sub/build/x",
                            "sub/deep/keep.log"}));
  PatternList above;
  above.add("a.log", "");
  above.add("/data/sub/deep", "");
  EXPECT_EQ(names("data", above), (Names{".cairnignore", "sub/.cairnignore", "sub/build/x"}));
}

TEST_F(ScanTest, AnIgnoreFileThatIsALinkOrAFolderDoesNotCount) {
  put("rules", "*\n");
  put("data/a");
  fs::create_symlink(scratch_ / "rules", scratch_ / "data/.cairnignore");
  put("data/sub/.cairnignore/x");
  EXPECT_EQ(names(), (Names{".cairnignore@", "a", "sub/.cairnignore/x"}));
}

TEST_F(ScanTest, RulesAboveAFolderStopBeforeIt) {
  put(".cairnignore", "*.top\n");
  put("data/.cairnignore", "*.data\n");
  put("data/sub/.cairnignore", "*.sub\n");
  const auto root = TreeRoot::open(scratch_.path());
  ASSERT_TRUE(root.ok());
  const auto rules = ignore_rules_above(*root, "data/sub");
  ASSERT_TRUE(rules.ok());
  EXPECT_EQ(rules->match("data/sub/x.top", false), PatternList::Match::kMatched);
  EXPECT_EQ(rules->match("data/sub/x.data", false), PatternList::Match::kMatched);
  EXPECT_EQ(rules->match("data/sub/x.sub", false), PatternList::Match::kNone);
  const auto at_top = ignore_rules_above(*root, "");
  ASSERT_TRUE(at_top.ok());
  EXPECT_TRUE(at_top->empty());
}

TEST_F(ScanTest, SpecialFilesAndOtherRepositoriesAreReported) {
  put("data/file");
  ASSERT_EQ(::mkfifo((scratch_ / "data/sub-fifo").c_str(), 0600), 0);
  put("data/repo/.git/HEAD");
  put("data/repo/file");
  put("data/module/.git", "gitdir: elsewhere");
  const auto result = scan();
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->special, Names{"sub-fifo"});
  EXPECT_EQ(result->nested_git, (Names{"module", "repo"}));
  EXPECT_EQ(names(), Names{"file"});
  put("data/.git/HEAD");
  EXPECT_EQ(scan()->nested_git, Names{"."});
}

TEST_F(ScanTest, ManyFoldersAndManyFilesInOne) {
  Names expected;
  for (int i = 0; i < 700; ++i) expected.push_back("d" + std::to_string(i) + "/f");
  for (int i = 0; i < 5000; ++i) expected.push_back("flat/" + std::to_string(i));
  for (const std::string& name : expected) put("data/" + name);
  std::sort(expected.begin(), expected.end());
  EXPECT_EQ(names(), expected);
}

}  // namespace
}  // namespace cairn::workdir
