// merge, log, textconv: exact texts. git finds no program to call here, so it leaves every merge of
// pointers to `cairn merge`; tests/e2e/merge.sh has the driver.
#include "cli/program.hpp"

namespace cairn::cli {
namespace {

using git::Sandbox;
using git::TestTree;

class MergeTexts : public ::testing::Test {
 protected:
  MergeTexts() : tree_(TestTree::create(sandbox_ / "shop")), cairn_{tree_.top()} {
    cairn_.run({"init"});
    tree_.git({"config", "merge.cairn.driver", "exit 1"});
    tree_.git({"config", "diff.cairn.textconv", "cat"});
    tree_.write("data/a", "a\n");
    tree_.write("data/b", "b\n");
    save("v1");
    tree_.git({"switch", "-q", "-c", "theirs"});
    tree_.write("data/a", "theirs\n");
    tree_.write("data/t", "t\n");
    save("theirs");
    tree_.git({"switch", "-q", "main"});
    cairn_.run({"checkout"});
    tree_.write("data/a", "ours!\n");
    save("ours");
  }
  void save(const std::string& name) {
    cairn_.run({"add", "data"});
    tree_.git({"commit", "-q", "-m", name});
  }
  void merge() {
    base::ProcessOptions options;
    options.directory = tree_.top();
    const auto merged = base::run_process({"git", "merge", "-m", "merged", "theirs"}, options);
    ASSERT_TRUE(merged.ok());
    ASSERT_EQ(merged->exit_code, 1) << merged->output;
  }

  Sandbox sandbox_;
  TestTree tree_;
  Program cairn_;
};

constexpr const char* kRow =
    "both changed    data/a  (base 87428fc5 2 B, ours c85afb90 6 B, theirs ed9c86a6 7 B)";

TEST_F(MergeTexts, ListAndPick) {
  EXPECT_EQ(cairn_.run({"merge"}), "no pointer is in conflict\n");
  merge();
  const auto listed = cairn_({"merge"});
  EXPECT_EQ(listed.exit_code, 11);
  EXPECT_EQ(listed.out, std::string("data  1 conflict\n  ") + kRow +
                            "\nnext: cairn merge PATH --pick FILE=ours|theirs|base\n");
  EXPECT_EQ(cairn_.run({"merge", "data", "--pick", "a=theirs"}),
            "merged data (+1 -0 ~1), staged data.cairn\n"
            "next: git commit (or git rebase --continue), then cairn checkout\n");
  EXPECT_EQ(cairn_.run({"cat", "data/a"}), "theirs\n");
}

TEST_F(MergeTexts, WrongWords) {
  merge();
  EXPECT_EQ(cairn_({"merge", "--pick", "a"}).err,
            "error: `--pick a` does not name a side\n"
            "hint: `--pick FILE=ours`, `=theirs` or `=base`; `--pick all=ours` takes one side in "
            "all\nhelp: cairn help usage (exit 2)\n");
  EXPECT_EQ(cairn_({"merge", "other"}).err,
            "error: `other` is not in conflict\n"
            "hint: `cairn merge` lists what is; `git merge BRANCH` starts a merge\n"
            "hint: `cairn merge other --abort` takes up a conflict again that was decided\n"
            "help: cairn help no-conflict (exit 2)\n");
  EXPECT_EQ(cairn_({"status", "--exit-code"}).exit_code, 3);
}

TEST_F(MergeTexts, LogOfAFolderAndOfAFile) {
  const auto log = cairn_.run({"log", "data"});
  EXPECT_NE(log.find("  2 files  +0 -0 ~1  ours (Ada)\n"), std::string::npos) << log;
  EXPECT_NE(log.find("  2 files  +2 -0 ~0  v1 (Ada)\n"), std::string::npos) << log;
  const auto file = cairn_.run({"log", "data/a"});
  EXPECT_NE(file.find("  changed  c85afb90"), std::string::npos) << file;
  EXPECT_NE(file.find("  2 B -> 6 B  ours (Ada)\n"), std::string::npos) << file;
  EXPECT_NE(file.find("  added  87428fc52280  2 B  v1 (Ada)\n"), std::string::npos) << file;
}

TEST_F(MergeTexts, TextconvListsFiles) {
  const auto text = cairn_.run({"textconv", "data.cairn"});
  EXPECT_NE(text.find("files 2\nbytes 8\n"), std::string::npos) << text;
  EXPECT_NE(text.find("f            6 c85afb90"), std::string::npos) << text;
  EXPECT_EQ(Program{"/"}.run({"textconv", tree_.top() + "/data.cairn"}),
            tree_.git({"show", "HEAD:data.cairn"}) + "\n");
}

}  // namespace
}  // namespace cairn::cli
