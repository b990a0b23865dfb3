// The main path through the program, in process, on real git repositories in a directory of their
// own.
#include "cli/program.hpp"

namespace cairn::cli {
namespace {

using git::Sandbox;
using git::TestTree;

std::string content_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

class Workflow : public ::testing::Test {
 protected:
  Workflow() : tree_(TestTree::create(sandbox_ / "shop")), cairn_{tree_.top()} {}

  void store_data() {
    cairn_.run({"init", "--no-hooks"});
    tree_.write("data/a.txt", "first\n");
    tree_.write("data/sub/b.bin", std::string(100'000, 'x'));
    cairn_.run({"add", "data"});
    tree_.git({"commit", "-q", "-m", "v1"});
  }
  void push_data() {
    store_data();
    cairn_.run({"remote", "add", "prod", sandbox_ / "far"});
    cairn_.run({"push"});
  }

  Sandbox sandbox_;
  TestTree tree_;
  Program cairn_;
};

TEST_F(Workflow, AddStagesPointerAndRuleAndStatusIsClean) {
  store_data();
  EXPECT_NE(tree_.git({"ls-files"}).find("data.cairn"), std::string::npos);
  EXPECT_EQ(tree_.git({"status", "--porcelain"}), "");
  const auto status = cairn_.json({"status"});
  EXPECT_TRUE(status["clean"]);
  EXPECT_EQ(status["paths"][0]["path"], "data");
  EXPECT_EQ(status["paths"][0]["state"], "clean");
  tree_.write("data/a.txt", "second\n");
  EXPECT_EQ(cairn_({"status", "--exit-code"}).exit_code, 3);
  EXPECT_EQ(cairn_({"status"}).exit_code, 0);
  EXPECT_NE(cairn_({"status"}).out.find("next: cairn add data"), std::string::npos);
}

TEST_F(Workflow, PushThenCloneBringsTheSameBytes) {
  push_data();
  EXPECT_NE(cairn_.run({"push"}).find("already complete on prod"), std::string::npos);
  const Program elsewhere{sandbox_.path()};
  const auto outcome = elsewhere(
      {"clone", "--no-hooks", "--remote-url", sandbox_ / "far", sandbox_ / "shop", "copy"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(content_of(sandbox_ / "copy/data/a.txt"), "first\n");
  EXPECT_EQ(content_of(sandbox_ / "copy/data/sub/b.bin"), std::string(100'000, 'x'));
  EXPECT_TRUE(Program{sandbox_ / "copy"}.json({"status"})["clean"]);
  EXPECT_EQ(Program{sandbox_ / "copy"}.run({"cat", "data/a.txt"}), "first\n");
}

TEST_F(Workflow, PathsMayBeCalledLikeCommands) {
  cairn_.run({"init", "--no-hooks"});
  tree_.write("log/x", "1");
  tree_.write("status", "2");
  cairn_.run({"add", "log", "status"});
  const auto status = cairn_.json({"status"});
  EXPECT_EQ(status["paths"].size(), 2U);
  EXPECT_EQ(cairn_.run({"cat", "status"}), "2");
}

TEST_F(Workflow, OfflineContactsNoRemote) {
  push_data();
  const auto outcome = cairn_({"--offline", "push"});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_NE(outcome.err.find("--offline"), std::string::npos) << outcome.err;
  cairn_.run({"--offline", "remote", "add", "second", sandbox_ / "second"});
  cairn_.run({"--offline", "restore", "--to", sandbox_ / "out", "data"});
  EXPECT_EQ(content_of(sandbox_ / "out/data/a.txt"), "first\n");
}

TEST_F(Workflow, JsonErrorsAreOneDocumentOnStandardError) {
  const auto outcome = cairn_({"status", "--json"});
  EXPECT_EQ(outcome.exit_code, 10);
  EXPECT_EQ(outcome.out, "");
  const auto error = nlohmann::json::parse(outcome.err);
  EXPECT_EQ(error["type"], "error");
  EXPECT_EQ(error["v"], 1);
  EXPECT_EQ(error["slug"], "not-initialised");
  EXPECT_EQ(error["exit"], 10);
  EXPECT_FALSE(error["hints"].empty());
  const auto usage = cairn_({"--json", "statsu"});
  EXPECT_EQ(usage.out, "");
  EXPECT_EQ(nlohmann::json::parse(usage.err)["slug"], "no-such-command");
}

TEST_F(Workflow, QuietDropsTalkAndKeepsWhatWasAskedFor) {
  push_data();
  EXPECT_EQ(cairn_.run({"-q", "push"}), "");
  EXPECT_NE(cairn_.run({"-q", "ls"}), "");
}

TEST_F(Workflow, ConfigListsReadsSetsAndUnsets) {
  cairn_.run({"init", "--no-hooks"});
  EXPECT_NE(cairn_.run({"config"}).find("cairn.format = 1  (.cairn/config)"), std::string::npos);
  EXPECT_EQ(cairn_({"config", "cairn.link"}).exit_code, 3);
  cairn_.run({"config", "cairn.link", "hardlink"});
  EXPECT_EQ(cairn_.run({"config", "cairn.link"}), "hardlink\n");
  EXPECT_EQ(tree_.git({"config", "cairn.link"}), "hardlink");
  const Program overridden{tree_.top(), {{"CAIRN_LINK", "copy"}}};
  EXPECT_EQ(overridden.run({"config", "cairn.link"}), "copy\n");
  cairn_.run({"config", "--unset", "cairn.link"});
  EXPECT_EQ(cairn_({"config", "cairn.link"}).exit_code, 3);
}

TEST_F(Workflow, ConfigRefusesWhatItDoesNotKnow) {
  cairn_.run({"init", "--no-hooks"});
  const std::vector<std::string> cases[] = {{"config", "cairn.bogus"},
                                            {"config", "cairn.bogus", "1"},
                                            {"config", "user.name", "x"},
                                            {"config", "cairn.link", "teleport"},
                                            {"config", "cairn.format", "2"},
                                            {"config", "--unset", "cairn.project"},
                                            {"config", "--unset"},
                                            {"config", "cairn-remote..url", "/srv"},
                                            {"config", "cairn-remote.a b.url", "/srv"}};
  for (const auto& words : cases) {
    const auto outcome = cairn_(words);
    EXPECT_EQ(outcome.exit_code, 2) << words.back() << outcome.out << outcome.err;
    EXPECT_NE(outcome.err.find("hint: "), std::string::npos) << outcome.err;
  }
  EXPECT_NE(cairn_({"config", "cairn.bogus"}).err.find("cairn help unknown-key"),
            std::string::npos);
}

TEST_F(Workflow, VerifyReadsTheTreeAgain) {
  store_data();
  EXPECT_EQ(cairn_.json({"verify"})["files"], 2);
  EXPECT_EQ(cairn_({"verify", "--read-data", "0%"}).exit_code, 2);
  EXPECT_EQ(cairn_({"verify", "--read-data", "50%"}).exit_code, 0);
  tree_.write("data/a.txt", "other\n");
  const auto outcome = cairn_({"verify", "data"});
  EXPECT_EQ(outcome.exit_code, 3);
  EXPECT_NE(outcome.out.find("modified data/a.txt\n"), std::string::npos) << outcome.out;
}

TEST_F(Workflow, FsckLooksAtStoreAndRemote) {
  push_data();
  EXPECT_TRUE(cairn_.json({"fsck"})["ok"]);
  EXPECT_TRUE(cairn_.json({"fsck", "--structure"})["ok"]);
  const auto far = cairn_.json({"fsck", "-r", "prod"});
  EXPECT_TRUE(far["ok"]);
  EXPECT_EQ(far["roots"], 1);
  EXPECT_EQ(cairn_({"fsck", "--structure", "--read-data", "5%"}).exit_code, 2);
  EXPECT_EQ(cairn_({"fsck", "-r", "prod", "--repair-from", "prod"}).exit_code, 2);
}

TEST_F(Workflow, GcOnlySaysUntilItIsToldYes) {
  store_data();
  EXPECT_EQ(cairn_.json({"gc"})["applied"], false);
  EXPECT_EQ(cairn_({"gc", "--grace", "soon"}).exit_code, 2);
  cairn_.run({"gc", "--yes", "--grace", "0"});
  EXPECT_EQ(cairn_.run({"cat", "data/a.txt"}), "first\n");
}

TEST_F(Workflow, DuCountsVersions) {
  store_data();
  const auto report = cairn_.json({"du"});
  ASSERT_EQ(report["paths"].size(), 1U);
  EXPECT_EQ(report["paths"][0]["versions"], 1);
  EXPECT_GE(report["logical_bytes"], report["unique_bytes"]);
  EXPECT_NE(cairn_.run({"du", "data"}).find("data\n"), std::string::npos);
}

TEST_F(Workflow, DoctorFindsAMissingRemote) {
  store_data();
  const auto healthy = cairn_.json({"doctor"});
  EXPECT_TRUE(healthy["ok"]) << healthy.dump();
  EXPECT_NE(cairn_.run({"doctor"}).find("warning: no remote is set up"), std::string::npos);
}

}  // namespace
}  // namespace cairn::cli
