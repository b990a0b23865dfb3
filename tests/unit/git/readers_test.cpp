// git and libgit2 give the same of every kind of repository, or libgit2 is not asked.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "git/object_source.hpp"
#include "unit/git/sandbox.hpp"

namespace cairn::git {
namespace {

using ::testing::HasSubstr;
using Pairs = std::vector<std::pair<std::string, std::string>>;

bool has_library() { return libgit2_is_built_in(); }

Pairs in_order(const Result<std::vector<PointerBlob>>& listed) {
  Pairs pairs;
  EXPECT_TRUE(listed.ok());
  if (!listed.ok()) return pairs;
  for (const auto& pointer : *listed) pairs.emplace_back(pointer.path, pointer.blob);
  return pairs;
}

struct Answers {
  Pairs history, introduced, everything;
  std::vector<std::string> contents;
  bool operator==(const Answers&) const = default;
};

Answers ask(const std::string& directory, const char* reader) {
  auto repo = GitRepo::discover(directory);
  EXPECT_TRUE(repo.ok());
  EXPECT_TRUE(repo->read_objects_with(reader).ok());
  Answers answers;
  const auto history = repo->pointers_in_history({"HEAD"});
  answers.history = in_order(history);
  auto introduced = repo->pointers_introduced({"HEAD"});
  EXPECT_TRUE(introduced.ok());
  if (introduced.ok()) answers.introduced = in_order(std::move(introduced->pointers));
  answers.everything = in_order(repo->pointers_of_everything(90));
  std::vector<std::string> blobs;
  for (const auto& [path, blob] : answers.everything) blobs.push_back(blob);
  auto contents = repo->read_blobs(blobs, 1000);
  EXPECT_TRUE(contents.ok()) << contents.error().message();
  if (contents.ok()) answers.contents = *std::move(contents);
  return answers;
}

// Both readers on the repository; `reader` is what reader_of_objects() must say with the library.
void expect_parity(const std::string& directory, const char* reader) {
  const auto by_git = ask(directory, "exec");
  EXPECT_FALSE(by_git.history.empty());
  EXPECT_TRUE(by_git == ask(directory, "libgit2"));
  auto repo = GitRepo::discover(directory);
  ASSERT_TRUE(repo.ok());
  if (has_library()) {
    EXPECT_THAT(*repo->reader_of_objects(), HasSubstr(reader));
  }
}

constexpr const char* kLibrary = "git, many at once by libgit2";

// Pointers at several depths, changed, moved, made executable; a file that becomes a folder and
// back; what only looks like a pointer; a merge.
void fill(const TestTree& tree) {
  tree.commit_file("a.cairn", "1");
  tree.commit_file("deep/er/b.cairn", "2");
  tree.commit_file("deep/er.cairn", "3");
  tree.commit_file("deep/er.txt", "no pointer");
  tree.git({"switch", "-q", "-c", "side"});
  tree.commit_file("side.cairn", "side");
  tree.git({"switch", "-q", "main"});
  tree.git({"mv", "a.cairn", "moved.cairn"});
  tree.commit("move");
  std::filesystem::permissions(tree.top() + "/moved.cairn", std::filesystem::perms::owner_all);
  tree.commit("executable");
  tree.commit_file("x.cairn", "a file");
  tree.git({"rm", "-q", "x.cairn"});
  tree.commit_file("x.cairn/y.cairn", "in a folder");
  tree.git({"rm", "-q", "-r", "x.cairn"});
  tree.commit_file("x.cairn", "a file again");
  std::filesystem::create_symlink("moved.cairn", tree.top() + "/link.cairn");
  tree.commit_file("folder/.cairn", "a name without a stem");
  tree.git({"merge", "-q", "--no-edit", "side"});
  tree.commit_file("deep/er/b.cairn", "4");
}

TEST(Readers, AgreeOnOrdinaryRepositories) {
  const Sandbox sandbox;
  const auto tree = TestTree::create(sandbox / "shop");
  fill(tree);
  expect_parity(tree.top(), kLibrary);
  tree.git({"gc", "-q"});  // packed objects, packed refs
  expect_parity(tree.top(), kLibrary);
  tree.git({"pack-refs", "--all"});
  tree.git({"worktree", "add", "-q", sandbox / "other", "HEAD~2"});
  expect_parity(sandbox / "other", kLibrary);
  tree.git({"clone", "-q", "--bare", tree.top(), sandbox / "bare.git"});
  expect_parity(sandbox / "bare.git", kLibrary);
  tree.git({"clone", "-q", "--shared", tree.top(), sandbox / "alternates"});
  expect_parity(sandbox / "alternates", kLibrary);
  tree.git({"clone", "-q", "--depth=2", "--no-local", tree.top(), sandbox / "shallow"});
  expect_parity(sandbox / "shallow", "git");
  const auto outer = TestTree::create(sandbox / "outer");
  outer.commit_file("o.cairn", "outer");
  outer.git({"submodule", "--quiet", "add", tree.top(), "sub"});
  outer.commit("a submodule");
  expect_parity(outer.top(), kLibrary);
  expect_parity(outer.top() + "/sub", kLibrary);
  outer.git({"sparse-checkout", "set", "nothing"});
  expect_parity(outer.top(), "git");  // which one depends on the version of both
}

TEST(Readers, GraftsAreOfTheWalk) {
  const Sandbox sandbox;
  const auto tree = TestTree::create(sandbox / "shop");
  fill(tree);
  std::ofstream(tree.top() + "/.git/info/grafts") << tree.git({"rev-parse", "HEAD"}) << "\n";
  expect_parity(tree.top(), kLibrary);
}

TEST(Readers, ReplacedObjectsAreReadByGit) {
  const Sandbox sandbox;
  const auto tree = TestTree::create(sandbox / "shop");
  fill(tree);
  tree.git({"replace", "HEAD", "HEAD~3"});
  expect_parity(tree.top(), "replaced objects");
  tree.git({"replace", "-d", tree.git({"rev-parse", "HEAD"})});
  const auto blob = tree.git({"rev-parse", "HEAD:moved.cairn"});
  tree.git({"replace", blob, tree.git({"rev-parse", "HEAD:deep/er.cairn"})});
  tree.git({"pack-refs", "--all"});
  expect_parity(tree.top(), "replaced objects");
  EXPECT_THAT(ask(tree.top(), "libgit2").contents, ::testing::Not(::testing::Contains("1")));
}

TEST(Readers, OtherFormatsAreReadByGit) {
  const Sandbox sandbox;
  const auto tree = TestTree::create(sandbox / "sha256", {"--object-format=sha256"});
  fill(tree);
  expect_parity(tree.top(), "extensions.objectformat = sha256");
}

TEST(Readers, PartialClonesAreReadByGit) {
  const Sandbox sandbox;
  const auto origin = TestTree::create(sandbox / "origin");
  fill(origin);
  origin.git({"config", "uploadpack.allowFilter", "true"});
  const Variable count("GIT_CONFIG_COUNT", "1"), key("GIT_CONFIG_KEY_0", "protocol.file.allow"),
      value("GIT_CONFIG_VALUE_0", "always");
  origin.git({"clone", "-q", "--filter=blob:none", "--no-checkout", "file://" + origin.top(),
              sandbox / "blobless"});
  expect_parity(sandbox / "blobless", "a partial clone");
}

// False where the git at hand is older than 2.45.
bool knows_reftables(const Sandbox& sandbox) {
  const auto made = base::run_process(
      {"git", "init", "-q", "-b", "main", "--ref-format=reftable", sandbox / "reftable"}, {});
  return made.ok() && made->exit_code == 0;
}

TEST(Readers, ReftablesAreReadByGit) {
  const Sandbox sandbox;
  if (!knows_reftables(sandbox)) GTEST_SKIP() << "this git has no reftables";
  const TestTree tree(sandbox / "reftable");
  fill(tree);
  expect_parity(tree.top(), "extensions.refstorage = reftable");
  tree.git({"pack-refs", "--all"});
  expect_parity(tree.top(), "extensions.refstorage = reftable");
  tree.git({"worktree", "add", "-q", sandbox / "other", "HEAD~2"});
  const TestTree other(sandbox / "other");
  other.commit_file("only-orig.cairn", "undone");
  other.git({"reset", "-q", "--hard", "HEAD^"});
  other.git({"reflog", "expire", "--expire=now", "--all"});
  expect_parity(other.top(), "extensions.refstorage = reftable");
  EXPECT_THAT(ask(tree.top(), "libgit2").contents, ::testing::Contains("undone"));
}

// What a later git writes, on whatever git is at hand: its words, and none of libgit2's guesses.
TEST(Readers, FormatsThatGitDoesNotKnowAreRefusedInItsWords) {
  const Sandbox sandbox;
  const auto tree = TestTree::create(sandbox / "shop");
  fill(tree);
  tree.git({"config", "extensions.fromTheFuture", "yes"});
  expect_parity(tree.top(), "extensions.fromthefuture = yes");  // format 0: git passes it over
  tree.git({"config", "core.repositoryFormatVersion", "1"});
  const auto refused = GitRepo::discover(tree.top());
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code(), Code::kNotRepository);
  EXPECT_THAT(refused.error().message() + refused.error().details().front(),
              HasSubstr("fromthefuture"));
  // A reftable, as far as its settings and HEAD go: refs are not to be had from files beside it.
  const auto crafted = TestTree::create(sandbox / "crafted");
  fill(crafted);
  crafted.git({"config", "core.repositoryFormatVersion", "1"});
  crafted.git({"config", "extensions.refStorage", "reftable"});
  std::filesystem::create_directory(crafted.top() + "/.git/reftable");
  crafted.write(".git/reftable/tables.list", "");
  crafted.write(".git/HEAD", "ref: refs/heads/.invalid\n");
  const auto opened = GitRepo::discover(crafted.top());
  if (opened.ok()) {
    EXPECT_FALSE(opened->pointers_in_history({"main"}).ok());
  } else {
    EXPECT_EQ(opened.error().code(), Code::kNotRepository);
  }
}

TEST(Readers, TheProbeKnowsWhatItRefuses) {
  const GitPaths paths{"", "/nowhere", "/nowhere"};
  EXPECT_EQ(why_not_library(paths, {{"core.repositoryformatversion", "1"},
                                    {"extensions.objectformat", "sha1"},
                                    {"extensions.worktreeconfig", "true"},
                                    {"remote.origin.promisor", "false"}}),
            "");
  for (const auto& [setting, word] :
       std::map<std::string, std::string>{{"core.repositoryformatversion", "2"},
                                          {"extensions.refstorage", "reftable"},
                                          {"extensions.objectformat", "sha256"},
                                          {"extensions.partialclone", "origin"},
                                          {"extensions.compatobjectformat", "sha256"},
                                          {"extensions.fromthefuture", "true"},
                                          {"remote.origin.promisor", "true"}}) {
    EXPECT_NE(why_not_library(paths, {{setting, word}}), "") << setting;
  }
}

TEST(Readers, WhatTheLibraryLacksGitIsAskedFor) {
  const Sandbox sandbox;
  const auto tree = TestTree::create(sandbox / "shop");
  fill(tree);
  const auto repo = tree.open();
  ASSERT_TRUE(repo.read_objects_with("libgit2").ok());
  const auto here = tree.git({"rev-parse", "HEAD:moved.cairn"});
  // Objects that only git's environment leads to.
  tree.git({"clone", "-q", tree.top(), sandbox / "clone"});
  const TestTree clone(sandbox / "clone");
  const auto elsewhere = clone.git({"hash-object", "-w", "--stdin"}, "quarantined");
  const Variable objects("GIT_ALTERNATE_OBJECT_DIRECTORIES", clone.top() + "/.git/objects");
  const auto contents = repo.read_blobs({here, elsewhere, here}, 1000);
  ASSERT_TRUE(contents.ok()) << contents.error().message();
  EXPECT_EQ(*contents, (std::vector<std::string>{"1", "quarantined", "1"}));
  // Errors are git's, in its words.
  const auto by_git = tree.open();
  ASSERT_TRUE(by_git.read_objects_with("exec").ok());
  const std::string nowhere(40, '1');
  for (const auto& [blob, most] : std::map<std::string, std::size_t>{
           {nowhere, 1000}, {tree.git({"rev-parse", "HEAD^{tree}"}), 1000}, {here, 0}}) {
    const auto one = repo.read_blobs({here, blob}, most),
               other = by_git.read_blobs({here, blob}, most);
    ASSERT_FALSE(one.ok());
    EXPECT_EQ(one.error().message(), other.error().message());
    EXPECT_EQ(one.error().code(), other.error().code());
  }
}

TEST(Readers, AWordThatIsNoneIsRefused) {
  const Sandbox sandbox;
  const auto tree = TestTree::create(sandbox / "shop");
  EXPECT_EQ(tree.open().read_objects_with("jgit").error().code(), Code::kUsage);
}

}  // namespace
}  // namespace cairn::git
