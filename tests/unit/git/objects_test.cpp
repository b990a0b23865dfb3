#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "unit/git/sandbox.hpp"

namespace cairn::git {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(ResolveCommit, TakesEveryFormOfRevision) {
  const Sandbox sandbox;
  const auto tree = TestTree::create(sandbox / "shop");
  const auto first = tree.commit("one");
  tree.git({"tag", "-a", "-m", "release", "v1"});
  const auto second = tree.commit("two");
  const auto repo = tree.open();
  for (const std::string revision : {"v1", "HEAD^", "main~1", first.c_str(), "v1^{commit}"}) {
    EXPECT_EQ(*repo.resolve_commit(revision), first) << revision;
  }
  EXPECT_EQ(*repo.resolve_commit(second.substr(0, 8)), second);
  tree.git({"checkout", "-q", "--detach", "v1"});
  EXPECT_EQ(*repo.resolve_commit("HEAD"), first);
}

TEST(ResolveCommit, RefusesWhatIsNoCommit) {
  const Sandbox sandbox;
  const auto tree = TestTree::create(sandbox / "shop");
  tree.commit_file("x", "1");
  const auto repo = tree.open();
  for (const std::string& revision :
       std::vector<std::string>{"nothing", "-x", "--all", "", "HEAD:x", "HEAD^{tree}", "HEAD..HEAD",
                                "a\nb", "--", std::string("HEAD\0x", 6)}) {
    const auto id = repo.resolve_commit(revision);
    ASSERT_FALSE(id.ok()) << revision << " gave " << *id;
    EXPECT_EQ(id.error().code(), Code::kUsage) << revision;
    for (const auto& hint : id.error().hints())
      EXPECT_EQ(hint.find("unshallow"), std::string::npos);
  }
}

TEST(ResolveCommit, BeforeTheFirstCommit) {
  const Sandbox sandbox;
  const auto repo = TestTree::create(sandbox / "shop").open();
  const auto id = repo.resolve_commit("HEAD");
  ASSERT_FALSE(id.ok());
  EXPECT_EQ(id.error().code(), Code::kUsage);
  EXPECT_EQ(id.error().message(), "there is no commit yet");
}

TEST(ResolveCommit, InAShallowCloneNamesTheFetch) {
  const Sandbox sandbox;
  const auto tree = TestTree::create(sandbox / "main");
  const auto first = tree.commit("one");
  tree.commit("two");
  tree.git({"clone", "-q", "--depth=1", "file://" + tree.top(), sandbox / "shallow"});
  const auto repo = TestTree(sandbox / "shallow").open();
  const auto id = repo.resolve_commit(first);
  ASSERT_FALSE(id.ok());
  EXPECT_EQ(id.error().code(), Code::kUsage);
  EXPECT_THAT(id.error().hints(), Contains("git fetch --unshallow --tags"));
}

TEST(PointersAt, ListsRegularFilesOfThatNameOnly) {
  const Sandbox sandbox;
  const auto tree = TestTree::create(sandbox / "shop");
  tree.write("a.cairn", "1");
  tree.write("deep/er/b.cairn", "2");
  tree.write("-dash.cairn", "1");
  tree.write("sp ace\tand\nend\xc3\xbc.cairn", "3");
  tree.write(".cairn/config", "x");
  tree.write("folder.cairn/inside", "x");
  tree.write("deep/.cairn", "x");
  tree.write("a.cairnx", "x");
  std::filesystem::create_symlink("a.cairn", sandbox / "shop/link.cairn");
  std::filesystem::permissions(sandbox / "shop/-dash.cairn", std::filesystem::perms::owner_all);
  const auto commit = tree.commit("all");
  const std::multimap<std::string, std::string> expected = {
      {"a.cairn", tree.blob("1")},
      {"deep/er/b.cairn", tree.blob("2")},
      {"-dash.cairn", tree.blob("1")},
      {"sp ace\tand\nend\xc3\xbc.cairn", tree.blob("3")}};
  const auto repo = tree.open();
  EXPECT_EQ(as_map(*repo.pointers_at(commit)), expected);
  EXPECT_EQ(as_map(*repo.pointers_in_index()), expected);
  EXPECT_EQ(as_map(*repo.pointers_in_history({"HEAD"})), expected);
  EXPECT_EQ(as_map(*repo.pointers_of_everything(90)), expected);
}

TEST(PointersAt, RefusesOptionsAndUnknownCommits) {
  const Sandbox sandbox;
  const auto tree = TestTree::create(sandbox / "shop");
  tree.commit("one");
  const auto repo = tree.open();
  EXPECT_EQ(repo.pointers_at("--help").error().code(), Code::kUsage);
  EXPECT_FALSE(repo.pointers_at(std::string(40, '1')).ok());
}

TEST(PointersAt, WorksWithSha256Objects) {
  const Sandbox sandbox;
  const auto tree = TestTree::create(sandbox / "shop", {"--object-format=sha256"});
  tree.commit_file("a.cairn", "1");
  tree.commit_file("b.cairn", "2");
  const auto repo = tree.open();
  const auto id = repo.resolve_commit("HEAD");
  ASSERT_TRUE(id.ok());
  EXPECT_EQ(id->size(), 64U);
  EXPECT_EQ(repo.pointers_at(*id)->size(), 2U);
  EXPECT_EQ(repo.pointers_in_history({"HEAD"})->size(), 2U);
  EXPECT_EQ(repo.pointers_in_history({"HEAD", "--not", "HEAD^"})->size(), 2U);
  EXPECT_THAT(*repo.read_blobs({tree.blob("2")}, 10), ElementsAre("2"));
}

TEST(ReadBlobs, GivesContentsInOrder) {
  const Sandbox sandbox;
  const auto tree = TestTree::create(sandbox / "shop");
  std::vector<std::string> texts = {"", "\n", std::string("nul\0inside", 10), "missing\n"};
  for (int i = 0; i < 1000; ++i) texts.push_back("text " + std::to_string(i));
  for (std::size_t i = 0; i < texts.size(); ++i) tree.write("f" + std::to_string(i), texts[i]);
  tree.commit("all");
  std::vector<std::string> ids;
  std::vector<std::string> expected;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    ids.push_back(i < 4 ? tree.blob(texts[i]) : ids[i % 4]);
    expected.push_back(i < 4 ? texts[i] : texts[i % 4]);
  }
  const auto repo = tree.open();
  ASSERT_TRUE(repo.read_objects_with("exec").ok());
  const CountedGit counted(sandbox);
  EXPECT_EQ(*repo.read_blobs(ids, 100), expected);
  EXPECT_THAT(*repo.read_blobs({ids[2]}, 100), ElementsAre(texts[2]));
  EXPECT_TRUE(repo.read_blobs({}, 100)->empty());
  EXPECT_EQ(counted.calls(), 1U);
}

TEST(ReadBlobs, ReportsAbsentLargeAndWrongObjects) {
  const Sandbox sandbox;
  const auto tree = TestTree::create(sandbox / "shop");
  const auto commit = tree.commit_file("x", "12345");
  const auto good = tree.blob("12345");
  const auto repo = tree.open();
  EXPECT_EQ(repo.read_blobs({good, std::string(40, '1')}, 5).error().code(), Code::kMissing);
  EXPECT_EQ(repo.read_blobs({good}, 4).error().code(), Code::kCorrupt);
  EXPECT_EQ(repo.read_blobs({commit}, 1000).error().code(), Code::kCorrupt);
  EXPECT_EQ(repo.read_blobs({"HEAD"}, 5).error().code(), Code::kInternal);
  EXPECT_EQ(repo.read_blobs({good + "\n" + good}, 5).error().code(), Code::kInternal);
  EXPECT_THAT(*repo.read_blobs({good, good}, 5),
              ElementsAre("12345", "12345"));  // all is well again
}

TEST(ReadBlobs, DamagedObjectIsAnErrorAndNotMissing) {
  const Sandbox sandbox;
  const auto tree = TestTree::create(sandbox / "shop");
  tree.commit_file("x", "12345");
  const auto id = tree.blob("12345");
  const std::string object = sandbox / "shop/.git/objects/" + id.substr(0, 2) + "/" + id.substr(2);
  std::filesystem::permissions(object, std::filesystem::perms::owner_all);
  std::ofstream(object, std::ios::binary) << "garbage";
  const auto repo = tree.open();
  const auto read = repo.read_blobs({id}, 5);
  ASSERT_FALSE(read.ok());
  EXPECT_NE(read.error().code(), Code::kMissing);
  EXPECT_THAT(read.error().hints(), Contains("git fsck"));
}

// A clone without blobs, whose promised objects are there to be fetched.
TestTree partial_clone(const Sandbox& sandbox) {
  const auto tree = TestTree::create(sandbox / "main");
  tree.git({"config", "uploadpack.allowFilter", "true"});
  tree.git({"config", "uploadpack.allowAnySHA1InWant", "true"});
  tree.commit_file("x.cairn", "1");
  tree.commit_file("x.cairn", "2");
  tree.git({"clone", "-q", "--filter=blob:none", "--sparse", "file://" + tree.top(),
            sandbox / "partial"});
  return TestTree(sandbox / "partial");
}

TEST(ReadBlobs, PartialCloneFetchesWhatTheRemoteStillHas) {
  const Sandbox sandbox;
  const auto tree = partial_clone(sandbox);
  const auto repo = tree.open();
  const auto pointers = repo.pointers_in_history({"HEAD"});
  ASSERT_EQ(pointers->size(), 2U);
  EXPECT_THAT(*repo.read_blobs({(*pointers)[0].blob, (*pointers)[1].blob}, 5),
              ElementsAre("2", "1"));
}

TEST(ReadBlobs, PartialCloneWithoutItsRemoteMissesBlobs) {
  const Sandbox sandbox;
  const auto tree = partial_clone(sandbox);
  std::filesystem::remove_all(sandbox / "main");
  const auto repo = tree.open();
  const auto read = repo.read_blobs({tree.blob("1")}, 5);
  ASSERT_FALSE(read.ok());
  EXPECT_EQ(read.error().code(), Code::kMissing) << read.error().message();
  EXPECT_THAT(read.error().hints(), Contains("git fetch"));
}

TEST(LogOf, NamesTheCommitsThatTouchThePathNewestFirst) {
  const Sandbox sandbox;
  const auto tree = TestTree::create(sandbox / "shop");
  tree.commit_file("a.cairn", "1");
  tree.commit_file("other", "1");
  {
    const Variable author("GIT_AUTHOR_NAME", "Grace \xc3\xbc");
    const Variable when("GIT_AUTHOR_DATE", "1600000000 +0200");
    tree.commit_file("a.cairn", "2");
  }
  tree.git({"mv", "a.cairn", "b.cairn"});
  tree.commit("rename");
  const auto repo = tree.open();
  const auto log = repo.log_of("a.cairn", "HEAD", 10);
  ASSERT_EQ(log->size(), 3U);  // removed by the rename, changed, added
  EXPECT_EQ((*log)[0].subject, "rename");
  EXPECT_EQ((*log)[1].author, "Grace \xc3\xbc");
  EXPECT_EQ((*log)[1].time_s, 1600000000);
  EXPECT_EQ((*log)[1].id, *repo.resolve_commit("HEAD^"));
  EXPECT_EQ((*log)[2].subject, "change a.cairn");
  EXPECT_EQ(repo.log_of("a.cairn", "HEAD", 2)->size(), 2U);
  EXPECT_EQ(repo.log_of("a.cairn", "HEAD", 0)->size(), 3U);
  EXPECT_EQ(repo.log_of("b.cairn", "HEAD", 10)->size(), 1U);
  EXPECT_TRUE(repo.log_of("*.cairn", "HEAD", 10)->empty());
  EXPECT_EQ(repo.log_of("a.cairn", "nothing", 10).error().code(), Code::kUsage);
  EXPECT_EQ(repo.log_of("a.cairn", "--all", 10).error().code(), Code::kUsage);
}

TEST(LogOf, IgnoresSettingsThatDecorateLogs) {
  const Sandbox sandbox;
  const auto tree = TestTree::create(sandbox / "shop");
  tree.git({"config", "log.showSignature", "true"});
  tree.git({"config", "log.showRoot", "false"});
  tree.git({"config", "color.ui", "always"});
  tree.git({"config", "diff.noprefix", "true"});
  tree.commit_file("a.cairn", "1");
  const auto repo = tree.open();
  EXPECT_EQ(repo.log_of("a.cairn", "HEAD", 10)->at(0).subject, "change a.cairn");
  EXPECT_EQ(repo.pointers_in_history({"HEAD"})->size(), 1U);
}

TEST(Head, IsNothingBeforeTheFirstCommit) {
  const Sandbox sandbox;
  const auto tree = TestTree::create(sandbox / "shop");
  const auto repo = tree.open();
  ASSERT_TRUE(repo.head().ok());
  EXPECT_FALSE(repo.head()->has_value());
  const auto id = tree.commit("one\n\nbody");
  EXPECT_EQ((*repo.head())->id, id);
  EXPECT_EQ((*repo.head())->subject, "one");
  tree.git({"checkout", "-q", "--detach"});
  EXPECT_EQ((*repo.head())->id, id);
}

TEST(Head, LostCommitIsAnError) {
  const Sandbox sandbox;
  const auto tree = TestTree::create(sandbox / "shop");
  const auto id = tree.commit("one");
  std::filesystem::remove(sandbox / "shop/.git/objects/" + id.substr(0, 2) + "/" + id.substr(2));
  const auto repo = tree.open();
  EXPECT_FALSE(repo.head().ok());
}

}  // namespace
}  // namespace cairn::git
