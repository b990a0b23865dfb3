// Which paths a manifest may hold, and in which order.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

#include "format/page.hpp"
#include "format/path_order.hpp"

namespace cairn::format {
namespace {

using namespace std::string_literals;

TEST(Path, MayBeWhateverPosixAllows) {
  const std::string longest(4095, 'x');
  const std::vector<std::string> fine = {"a",
                                         "a/b/c",
                                         "...",
                                         "..a",
                                         "a..",
                                         "a.",
                                         "a. ",
                                         ".a",
                                         " ",
                                         "a:b",
                                         "c:",
                                         "a\\b",
                                         "\\",
                                         "con",
                                         "aux.txt",
                                         "-n",
                                         "\x01\x1b[31m",
                                         "a\nb",
                                         "\x7f",
                                         "\xc3\xa9",
                                         "\xe6\x97\xa5\xe6\x9c\xac",
                                         "\xf0\x9f\x97\xbb",
                                         "\xe2\x80\x8c",
                                         "\xef\xbb\xbfx",
                                         ".\xe2\x80\x8c",
                                         "git",
                                         "git~",
                                         "git~x",
                                         "git~a1",
                                         "agit~1",
                                         "x.git",
                                         "git~1x",
                                         ".gitignore",
                                         ".gitattributes",
                                         ".gitx",
                                         ".git1",
                                         ".git.x",
                                         ".git x",
                                         ".gi",
                                         ".g",
                                         "a/.gitmodules",
                                         ".cairn",
                                         "a.cairn",
                                         "it",
                                         "\xe2",
                                         longest};
  for (const std::string& path : fine) {
    if (path == "\xe2") continue;  // below: not UTF-8
    EXPECT_EQ(path_fault(path), std::nullopt) << path;
  }
}

TEST(Path, HasAProperLengthAndProperComponents) {
  const std::vector<std::pair<std::string, std::string>> bad = {{"", "it is empty"},
                                                                {std::string(4096, 'x'), "4,095"},
                                                                {"/", "empty component"},
                                                                {"/a", "empty component"},
                                                                {"a/", "empty component"},
                                                                {"a//b", "empty component"},
                                                                {".", "\".\" or \"..\""},
                                                                {"..", "\".\" or \"..\""},
                                                                {"./a", "\".\" or \"..\""},
                                                                {"a/..", "\".\" or \"..\""},
                                                                {"a/../b", "\".\" or \"..\""},
                                                                {"a/./b", "\".\" or \"..\""},
                                                                {"a\0b"s, "NUL"},
                                                                {"\0"s, "NUL"}};
  for (const auto& [path, why] : bad) {
    const auto fault = path_fault(path);
    ASSERT_NE(fault, std::nullopt) << path;
    EXPECT_NE(fault->find(why), std::string::npos) << path << ": " << *fault;
  }
}

TEST(Path, IsUtf8) {
  for (const std::string path : {"\xe2", "\xff", "a/\xc0\xaf", "\x80", "\xe2\x82", "\xed\xa0\x80",
                                 "\xf4\x90\x80\x80", "caf\xe9", "\xc1\x81", "\xe0\x80\xaf"}) {
    EXPECT_EQ(path_fault(path), "it is not valid UTF-8") << path;
  }
}

TEST(Path, IsNothingThatGitCouldTakeForItsOwnFolder) {
  std::vector<std::string> bad = {".git",
                                  ".GIT",
                                  ".Git",
                                  ".gIt",
                                  "a/.git",
                                  "a/.git/config",
                                  ".git.",
                                  ".git ",
                                  ".git...",
                                  ".git. ",
                                  ".git::$INDEX_ALLOCATION",
                                  ".git:x",
                                  "git~1",
                                  "GIT~1",
                                  "git~0",
                                  "git~9",
                                  "git~2.",
                                  "a/Git~1/b",
                                  "git~1:x",
                                  "a\\.git",
                                  "a\\git~1\\b",
                                  ".git\\config",
                                  "\\.git"};
  // What HFS+ drops, at each place.
  for (const char* ignored : {"\xe2\x80\x8c", "\xe2\x80\x8d", "\xe2\x80\x8e", "\xe2\x80\x8f",
                              "\xe2\x80\xaa", "\xe2\x80\xab", "\xe2\x80\xac", "\xe2\x80\xad",
                              "\xe2\x80\xae", "\xe2\x81\xaa", "\xe2\x81\xab", "\xe2\x81\xac",
                              "\xe2\x81\xad", "\xe2\x81\xae", "\xe2\x81\xaf", "\xef\xbb\xbf"}) {
    for (std::size_t at = 0; at <= 4; ++at) bad.push_back(std::string(".gIt").insert(at, ignored));
    bad.push_back(std::string("a/") + ignored + ignored + ".git/b");
  }
  for (const std::string& path : bad) {
    const auto fault = path_fault(path);
    ASSERT_NE(fault, std::nullopt) << path;
    EXPECT_NE(fault->find(".git"), std::string::npos) << *fault;
  }
  // Neighbours of the ignored code points.
  for (const char* kept : {"\xe2\x80\x8b", "\xe2\x80\x90", "\xe2\x80\xa9", "\xe2\x80\xaf",
                           "\xe2\x81\xa9", "\xe2\x81\xb0", "\xef\xbb\xbe", "\xef\xbc\x80"}) {
    for (std::size_t at = 0; at <= 4; ++at) {
      EXPECT_EQ(path_fault(std::string(".git").insert(at, kept)), std::nullopt)
          << kept << " at " << at;
    }
  }
}

const char* order_fault(const std::vector<std::string>& paths) {
  PathOrder order;
  for (const std::string& path : paths) {
    if (const char* fault = order.next(path)) return fault;
  }
  return nullptr;
}

TEST(PathOrder, IsThatOfBytes) {
  EXPECT_EQ(order_fault({"A", "a", "a-b", "a.b", "b", "\x7f", "\xc3\xa9"}), nullptr);
  for (const std::vector<std::string>& paths :
       std::vector<std::vector<std::string>>{{"b", "a"},
                                             {"a", "a"},
                                             {"ab", "a"},
                                             {"a", "A"},
                                             {"\xc3\xa9", "z"},
                                             {"a/b", "a-b"},
                                             {"abcdefghi1", "abcdefghi0"},
                                             {"abcdefgh/12345678x", "abcdefgh/12345678"}}) {
    EXPECT_STREQ(order_fault(paths), "paths that are not in ascending order") << paths[0];
  }
}

TEST(PathOrder, NoPathIsTheParentOfAnother) {
  EXPECT_EQ(order_fault({"a-b", "a.b", "a/b", "a/b-c", "a/b.c", "a0"}), nullptr);
  for (const std::vector<std::string>& paths :
       std::vector<std::vector<std::string>>{{"a", "a/b"},
                                             {"a", "a-b", "a/b"},
                                             {"a", "a-b", "a-b-c", "a.", "a/b/c"},
                                             {"a", "a!", "a!/b"},
                                             {"a/b", "a/b-", "a/b-c/d", "a/b/c"},
                                             {"a", "a b", "a b c", "a-", "a-b", "a/b"}}) {
    EXPECT_STREQ(order_fault(paths), "a path that is the parent of another one") << paths.back();
  }
}

TEST(PathOrder, AgreesWithASearchThroughAllPaths) {
  std::mt19937 random(3);
  int parents = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::set<std::string> paths;
    for (int i = 0; i < 6; ++i) {
      std::string path;
      const auto length = 1 + random() % 5;
      for (std::size_t at = 0; at < length; ++at) path += "a-/."[random() % 4];
      paths.insert(path);
    }
    bool parent = false;
    for (const std::string& a : paths) {
      for (const std::string& b : paths) parent |= b.starts_with(a + "/");
    }
    parents += parent ? 1 : 0;
    ASSERT_EQ(order_fault({paths.begin(), paths.end()}) != nullptr, parent);
  }
  EXPECT_GT(parents, 1000);
  EXPECT_LT(parents, 19'000);
}

}  // namespace
}  // namespace cairn::format
