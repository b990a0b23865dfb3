#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <thread>

#include "unit/git/sandbox.hpp"

namespace cairn::git {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pair;

TEST(Config, GivesEachKeyOnceWithItsLastValue) {
  const Sandbox sandbox;
  const auto tree = TestTree::create(sandbox / "shop");
  tree.write(
      ".git/config",
      "[Cairn]\n\tStore = first\n[cairn-remote \"B.x\"]\n\turl = one\n[cairn-remote \"a\"]\n\t"
      "url = \"two lines\\nhere\"\n[cairn]\n\tflag\n\tstore = second\n\tempty =\n");
  const auto values = tree.open().config();
  ASSERT_TRUE(values.ok());
  EXPECT_THAT(*values,
              ElementsAre(Pair("cairn.store", "second"), Pair("cairn-remote.B.x.url", "one"),
                          Pair("cairn-remote.a.url", "two lines\nhere"), Pair("cairn.flag", "true"),
                          Pair("cairn.empty", "")));
}

TEST(Config, SeesTheUsersCommandLineAndIncludes) {
  const Sandbox sandbox;
  const auto tree = TestTree::create(sandbox / "shop");
  tree.write("more", "[cairn]\n\tlink = copy\n");
  tree.git({"config", "include.path", sandbox / "shop/more"});
  const Variable count("GIT_CONFIG_COUNT", "1");
  const Variable key("GIT_CONFIG_KEY_0", "cairn.store");
  const Variable value("GIT_CONFIG_VALUE_0", "/x");
  const auto values = tree.open().config();
  EXPECT_THAT(*values, Contains(Pair("cairn.store", "/x")));
  EXPECT_THAT(*values, Contains(Pair("cairn.link", "copy")));
}

TEST(Config, WritesAreSeenAndKeptByGit) {
  const Sandbox sandbox;
  const auto tree = TestTree::create(sandbox / "shop");
  const auto repo = tree.open();
  ASSERT_TRUE(repo.config().ok());
  for (const std::string value :
       {"plain", "-dash", " space ", "# ; \"quoted\" \\", "gr\xc3\xbc\xc3\x9f"}) {
    ASSERT_TRUE(repo.set_config("cairn-remote.Prod.url", value).ok()) << value;
    EXPECT_THAT(*repo.config(), Contains(Pair("cairn-remote.Prod.url", value)));
  }
  tree.git({"config", "--add", "cairn-remote.Prod.url", "second"});
  ASSERT_TRUE(repo.set_config("cairn-remote.Prod.url", "third").ok());
  EXPECT_EQ(tree.git({"config", "--get-all", "cairn-remote.Prod.url"}), "third");
  EXPECT_THAT(*repo.config(), Contains(Pair("cairn-remote.Prod.url", "third")));
  ASSERT_TRUE(repo.unset_config("cairn-remote.Prod.url").ok());
  ASSERT_TRUE(repo.unset_config("cairn-remote.Prod.url").ok());
  EXPECT_THAT(*repo.config(), Not(Contains(Pair("cairn-remote.Prod.url", "third"))));
}

TEST(Config, RefusesControlCharactersAndBadKeys) {
  const Sandbox sandbox;
  const auto repo = TestTree::create(sandbox / "shop").open();
  EXPECT_EQ(repo.set_config("cairn.store", "a\rb").error().code(), Code::kUsage);
  EXPECT_EQ(repo.set_config("cairn.store\n", "a").error().code(), Code::kUsage);
  EXPECT_FALSE(repo.set_config("--unset", "a").ok());
  EXPECT_FALSE(repo.set_config("nodot", "a").ok());
}

TEST(Config, ManyWritersAtOnceAllSucceed) {
  const Sandbox sandbox;
  const auto tree = TestTree::create(sandbox / "shop");
  const auto repo = tree.open();
  std::vector<std::thread> threads;
  std::array<bool, 10> done{};
  for (std::size_t i = 0; i < done.size(); ++i) {
    threads.emplace_back([&, i] {
      const auto other = GitRepo::discover(tree.top());
      done[i] =
          other.ok() && other->set_config("cairn-remote.r" + std::to_string(i) + ".url", "x").ok();
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_THAT(done, ::testing::Each(true));
}

TEST(ConfigFile, IsReadWithoutIncludes) {
  const Sandbox sandbox;
  const auto tree = TestTree::create(sandbox / "shop");
  tree.write("secret", "[cairn]\n\tstore = /stolen\n");
  const auto secret = sandbox / "shop/secret";
  const auto values = GitRepo::parse_config_text(
      "[include]\n\tpath = " + secret + "\n[cairn]\n\tformat = 1\n", ".cairn/config");
  ASSERT_TRUE(values.ok());
  EXPECT_THAT(*values, ElementsAre(Pair("include.path", secret), Pair("cairn.format", "1")));
}

TEST(ConfigFile, BrokenTextIsNamed) {
  EXPECT_TRUE(GitRepo::parse_config_text("", "f")->empty());
  const auto broken = GitRepo::parse_config_text("[cairn\nformat", ".cairn/config");
  EXPECT_EQ(broken.error().code(), Code::kCorrupt);
  EXPECT_THAT(broken.error().message(), HasSubstr(".cairn/config"));
}

TEST(ConfigFile, LinksAreNotWrittenThrough) {
  const Sandbox sandbox;
  const auto tree = TestTree::create(sandbox / "shop");
  const std::string file = sandbox / "shop/.cairn/config";
  const auto repo = tree.open();
  std::filesystem::create_directory(sandbox / "shop/.cairn");
  tree.write("outside", "[cairn]\n\tformat = 1\n");
  std::filesystem::create_symlink(sandbox / "shop/outside", file);
  EXPECT_EQ(repo.set_config_file(file, "cairn.format", "2").error().code(), Code::kConflict);
  EXPECT_EQ(repo.unset_config_file(file, "cairn.format").error().code(), Code::kConflict);
  std::filesystem::remove_all(sandbox / "shop/.cairn");
  std::filesystem::create_directory(sandbox / "elsewhere");
  std::filesystem::create_directory_symlink(sandbox / "elsewhere", sandbox / "shop/.cairn");
  EXPECT_EQ(repo.set_config_file(file, "cairn.format", "2").error().code(), Code::kConflict);
  EXPECT_TRUE(std::filesystem::is_empty(sandbox / "elsewhere"));
}

TEST(ConfigFile, IsWrittenBelowTheTopOrByAbsolutePath) {
  const Sandbox sandbox;
  const auto tree = TestTree::create(sandbox / "shop");
  const auto repo = tree.open();
  const std::string file = sandbox / "shop/.cairn/config";
  ASSERT_TRUE(repo.unset_config_file(file, "cairn.format").ok());
  ASSERT_TRUE(repo.set_config_file(".cairn/config", "cairn.format", "1").ok());
  ASSERT_TRUE(repo.set_config_file(file, "cairn-remote.prod.url", "s3://bucket/x").ok());
  const auto keys = [&] { return *repo.run({"config", "--file", file, "--list"}); };
  EXPECT_EQ(keys(), "cairn.format=1\ncairn-remote.prod.url=s3://bucket/x\n");
  ASSERT_TRUE(repo.unset_config_file(file, "cairn-remote.prod.url").ok());
  ASSERT_TRUE(repo.unset_config_file(file, "cairn-remote.prod.url").ok());
  EXPECT_EQ(keys(), "cairn.format=1\n");
}

}  // namespace
}  // namespace cairn::git
