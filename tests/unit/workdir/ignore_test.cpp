#include "workdir/ignore.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <random>

#include "base/text.hpp"
#include "unit/git/sandbox.hpp"

namespace cairn::workdir {
namespace {

PatternList list_of(std::string_view text) {
  PatternList list;
  list.add_file(text, "");
  return list;
}

TEST(GlobMatch, FollowsWildmatch) {
  struct Case {
    const char* pattern;
    const char* text;
    bool matches;
  };
  const std::vector<Case> cases = {
      {"foo", "foo", true},
      {"foo", "fooo", false},
      {"", "", true},
      {"", "x", false},
      {"*", "", true},
      {"*", "a/b", false},
      {"**", "a/b", true},
      {"a*", "a/b", false},
      {"*/b", "a/b", true},
      {"*/c", "a/b/c", false},
      {"**/c", "a/b/c", true},
      {"**/c", "c", true},
      {"**/c", "xc", false},
      {"a/**", "a/b/c", true},
      {"a/**", "a", false},
      {"a/**/c", "a/c", true},
      {"a/**/c", "a/b/b/c", true},
      {"a/**/c", "ac", false},
      {"a/***/c", "a/b/b/c", true},
      {"a**c", "abc", true},
      {"a**c", "ab/c", false},
      {"**/a/**/b", "a/x/a/b", true},
      {"**/a*b/**/c", "ab/axb/x/y/c", true},
      {"?", "/", false},
      {"a?c", "abc", true},
      {"[!a]", "/", false},
      {"[ab]", "b", true},
      {"[a-c]x", "bx", true},
      {"[^a-c]", "b", false},
      {"[]]", "]", true},
      {"[]-a]", "^", true},
      {"[!]]", "]", false},
      {"[a", "a", false},
      {"[[:digit:]]", "7", true},
      {"[[:digit:]x]", "x", true},
      {"[[:nonsense:]]", "n", false},
      {"[[:alpha]", ":", true},
      {"[\\]]", "]", true},
      {"[a\\-z]", "b", false},
      {"[a-]", "-", true},
      {"\\*", "*", true},
      {"\\*", "a", false},
      {"a\\", "a\\", false},
      {"*a*b*c", "xxaxxbxxabxc", true},
      {"*.txt", "a.txt.bin", false},
      {"a/*/c*e/**/x", "a/b/cde/f/g/x", true},
      {"\xc3?", "\xc3\xbc", true},
      {"**\\/b", "a/x/b", true},
      {"**\\/b", "b", false},
      {"[-a]", "B", false},
      {"[[:nonsense:]n]", "n", false},
  };
  for (const auto& [pattern, text, matches] : cases) {
    EXPECT_EQ(glob_match(pattern, text), matches) << pattern << " against " << text;
  }
}

TEST(GlobMatch, IsNotSlowOnHostilePatterns) {
  std::string stars;
  std::string folders;
  for (int i = 0; i < 500; ++i) {
    stars += "*a";
    folders += "**/a*/";
  }
  std::string deep;
  for (int i = 0; i < 1300; ++i) deep += "aa/";
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_FALSE(glob_match(stars + "b", std::string(4000, 'a')));
  EXPECT_FALSE(glob_match(folders + "b", deep));
  EXPECT_FALSE(glob_match(std::string(4000, '*') + "b", std::string(4000, 'a')));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5));
}

TEST(PatternList, SkipsWhatIsNoPattern) {
  EXPECT_TRUE(list_of("").empty());
  EXPECT_TRUE(list_of("\n# comment\n   \n/\n!\n\r\n").empty());
  EXPECT_FALSE(list_of("\\#file\n").empty());
  EXPECT_TRUE(list_of("\\#file\r\n").covers("#file", false));
  EXPECT_TRUE(list_of("\xef\xbb\xbf"
                      "first\n")
                  .covers("first", false));
  EXPECT_TRUE(list_of("x\\ ").covers("x ", false));
  EXPECT_TRUE(list_of("x  ").covers("x", false));
}

TEST(PatternList, LastRuleWins) {
  const auto list = list_of("*.log\n!keep.log\n/keep.log\n");
  EXPECT_EQ(list.match("a/x.log", false), PatternList::Match::kMatched);
  EXPECT_EQ(list.match("a/keep.log", false), PatternList::Match::kNegated);
  EXPECT_EQ(list.match("keep.log", false), PatternList::Match::kMatched);
  EXPECT_EQ(list.match("other", false), PatternList::Match::kNone);
}

TEST(PatternList, CountsFromItsFolder) {
  PatternList list;
  list.add("/x", "sub/er");
  list.add("y", "sub");
  EXPECT_TRUE(list.covers("sub/er/x", false));
  EXPECT_FALSE(list.covers("x", false));
  EXPECT_FALSE(list.covers("sub/er/deep/x", false));
  EXPECT_TRUE(list.covers("sub/er/y", false));
  EXPECT_FALSE(list.covers("subx/y", false));
  EXPECT_FALSE(list.covers("y", false));
  EXPECT_FALSE(list.covers("sub", true));
}

TEST(PatternList, AMatchedParentCoversEverythingBelow) {
  const auto list = list_of("data/\n!data/keep\n");
  EXPECT_TRUE(list.covers("data/keep", false));
  EXPECT_EQ(list.match("data/keep", false), PatternList::Match::kNegated);
  EXPECT_FALSE(list.covers("data", false));
  EXPECT_TRUE(list.covers("data", true));
}

// ---- against git itself
// --------------------------------------------------------------------------------------------

using Random = std::mt19937;

const std::string& pick(Random& random, const std::vector<std::string>& from) {
  return from[random() % from.size()];
}

const std::vector<std::string>& folder_names() {
  static const std::vector<std::string> names = {"a", "ab", "a b", "#b", "[a]", "b.c"};
  return names;
}

const std::vector<std::string>& file_names() {
  static const std::vector<std::string> names = {"a",   "b",   "aa", "ab",  "abc",     "a.b",
                                                 ".a",  "!a",  "a ", "#b",  "*",       "a*b",
                                                 "[a]", "\\a", "a]", "a-c", "\xc3\xbc"};
  return names;
}

std::string random_pattern(Random& random) {
  static const std::vector<std::string> parts = {
      "a",       "b",   "ab",  "c",    "*",       "*",    "**",   "?",     "/",    "/",
      "/",       "**/", "/**", "/**/", "[ab]",    "[!a]", "[^b]", "[a-c]", "[]a]", "[[:alpha:]]",
      "[a\\-c]", "\\a", "\\*", "\\[",  ".",       "#",    "!",    " ",     "\\ ",  "[",
      "]",       "\\",  "***", "-",    "[[:x:]]", "\\/",  "a**",  "[:a]"};
  std::string pattern = random() % 6 == 0 ? "!" : "";
  if (random() % 4 == 0) pattern += "/";
  const std::size_t count = 1 + random() % 5;
  for (std::size_t i = 0; i < count; ++i) pattern += pick(random, parts);
  if (random() % 6 == 0) pattern += "/";
  return pattern;
}

std::string random_rules(Random& random) {
  std::string text;
  const std::size_t count = 1 + random() % 4;
  for (std::size_t i = 0; i < count; ++i) {
    text += random_pattern(random) + (random() % 5 == 0 ? "\r\n" : "\n");
  }
  return text;
}

struct Probe {
  std::size_t list;
  std::string path;
  bool is_directory;
  std::string rules;  // for messages
};

// Folders with random .gitignore files of two levels; what is in them is asked from git in one go.
class IgnoreWorld {
 public:
  IgnoreWorld(Random& random, std::size_t folders) : tree_(git::TestTree::create(sandbox_ / "t")) {
    for (std::size_t i = 0; i < folders; ++i) add_folder(random, "r" + std::to_string(i));
    for (Probe& probe : probes_) {
      probe.is_directory = std::filesystem::is_directory(tree_.top() + "/" + probe.path);
    }
  }

  void compare() const {
    std::string input;
    for (const Probe& probe : probes_) input += "./" + probe.path + '\0';
    base::ProcessOptions options;
    options.directory = tree_.top();
    options.input = input;
    const auto result = base::run_process(
        {"git", "check-ignore", "-v", "-n", "-z", "--no-index", "--stdin"}, options);
    ASSERT_TRUE(result.ok());
    const auto fields = base::split(result->output, '\0');
    ASSERT_EQ(fields.size(), 4 * probes_.size() + 1) << result->errors;
    std::size_t ignored = 0;
    std::size_t wrong = 0;
    for (std::size_t i = 0; i < probes_.size() && wrong < 10; ++i) {
      const Probe& probe = probes_[i];
      const auto pattern = fields[4 * i + 2];
      const bool expected = !pattern.empty() && !pattern.starts_with('!');
      ignored += expected ? 1 : 0;
      const bool covered = lists_[probe.list].covers(probe.path, probe.is_directory);
      EXPECT_EQ(covered, expected)
          << "path `" << probe.path << "`, git names `" << pattern << "` of\n"
          << probe.rules << "--";
      wrong += covered != expected ? 1 : 0;
    }
    EXPECT_GT(ignored, probes_.size() / 20);  // else the patterns say nothing
    EXPECT_LT(ignored, probes_.size() / 10 * 9);
  }

  // Whenever a path is wanted, no folder above it may be called empty.
  void check_pruning() const {
    std::size_t pruned = 0;
    for (std::size_t i = 0; i + 1 < lists_.size(); ++i) {
      Selection selection{lists_[i], lists_[i + 1]};
      if (i % 2 == 0) selection.exclude = PatternList();
      for (const Probe& probe : probes_) {
        if (probe.list != i) continue;
        const bool wanted = !probe.is_directory && selection.wants(probe.path);
        for (std::size_t at = probe.path.find('/'); at != std::string::npos;
             at = probe.path.find('/', at + 1)) {
          const bool may = selection.may_want_below(probe.path.substr(0, at));
          EXPECT_TRUE(may || !wanted) << probe.path << " of\n" << probe.rules << "--";
          pruned += may ? 0 : 1;
        }
      }
    }
    EXPECT_GT(pruned, 0U);
  }

 private:
  void add_folder(Random& random, const std::string& top) {
    PatternList list;
    const std::string rules = random_rules(random);
    tree_.write(top + "/.gitignore", rules);
    list.add_file(rules, top);
    const std::string lower = random() % 2 == 0 ? random_rules(random) : "";
    tree_.write(top + "/a/.gitignore", lower);
    list.add_file(lower, top + "/a");
    const std::string both = rules + "-- and in a:\n" + lower;
    for (int i = 0; i < 40; ++i) {
      std::string path = top;
      for (std::size_t depth = random() % 4; depth > 0; --depth) {
        path += "/" + pick(random, folder_names());
      }
      if (path != top && random() % 3 == 0) {
        std::filesystem::create_directories(tree_.top() + "/" + path);
      } else {
        path += "/" + pick(random, file_names());
      }
      probes_.push_back({lists_.size(), path, false, both});
    }
    lists_.push_back(std::move(list));
  }

  git::Sandbox sandbox_;
  git::TestTree tree_;
  std::vector<PatternList> lists_;
  std::vector<Probe> probes_;
};

TEST(PatternList, AgreesWithGit) {
  Random random(20240607);
  const IgnoreWorld world(random, 400);
  world.compare();
  world.check_pruning();
}

// ---- selections
// ----------------------------------------------------------------------------------------------------

TEST(Selection, TakesIncludesWithoutExcludes) {
  Selection all;
  EXPECT_TRUE(all.everything());
  EXPECT_TRUE(all.wants("any/thing"));
  EXPECT_TRUE(all.may_want_below("any"));
  Selection some{list_of("data/images/val/**\n*.json\n"), list_of("*.tmp\n")};
  EXPECT_FALSE(some.everything());
  EXPECT_TRUE(some.wants("data/images/val/x/1.png"));
  EXPECT_TRUE(some.wants("deep/a.json"));
  EXPECT_FALSE(some.wants("data/images/train/1.png"));
  EXPECT_FALSE(some.wants("data/images/val/x.tmp"));
  Selection excluding{{}, list_of("raw/\n")};
  EXPECT_TRUE(excluding.wants("data/x"));
  EXPECT_FALSE(excluding.wants("data/raw/x"));
}

TEST(Selection, SkipsFoldersThatHoldNothingWanted) {
  const Selection val{list_of("data/images/val/**\n/top/*.bin\n"), list_of("cache/\n")};
  EXPECT_TRUE(val.may_want_below(""));
  EXPECT_TRUE(val.may_want_below("data"));
  EXPECT_TRUE(val.may_want_below("data/images/val"));
  EXPECT_TRUE(val.may_want_below("data/images/val/deep/er"));
  EXPECT_FALSE(val.may_want_below("data/images/train"));
  EXPECT_FALSE(val.may_want_below("data/images/valid"));
  EXPECT_TRUE(val.may_want_below("top"));
  EXPECT_FALSE(val.may_want_below("data/images/val/cache"));
  const Selection folder{list_of("data/one\n"), {}};
  EXPECT_TRUE(folder.may_want_below("data/one/deep"));
  EXPECT_FALSE(folder.may_want_below("data/two"));
  const Selection anywhere{list_of("*.json\n"), {}};
  EXPECT_TRUE(anywhere.may_want_below("any/where"));
}

TEST(Selection, IsFastOverManyPaths) {
  const Selection selection{list_of("data/**/val/*.png\n*.json\n/top/\n"),
                            list_of("*.tmp\ncache/\n")};
  std::vector<std::string> paths;
  for (int i = 0; i < 100'000; ++i) {
    paths.push_back("data/images/" + std::to_string(i % 97) + "/val/" + std::to_string(i) + ".png");
  }
  const auto begin = std::chrono::steady_clock::now();
  std::size_t wanted = 0;
  for (const auto& path : paths) wanted += selection.wants(path) ? 1 : 0;
  const auto spent = std::chrono::steady_clock::now() - begin;
  EXPECT_EQ(wanted, paths.size());
  EXPECT_LT(spent, std::chrono::seconds(5));
  RecordProperty("milliseconds", static_cast<int>(spent / std::chrono::milliseconds(1)));
}

}  // namespace
}  // namespace cairn::workdir
