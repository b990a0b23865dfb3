// diff: what share of the newer version the older one has, in whatever file.
#include "cli/program.hpp"

namespace cairn::cli {
namespace {

using git::Sandbox;
using git::TestTree;

std::string noise(std::size_t size, std::uint32_t state) {
  std::string out(size, '\0');
  for (auto& byte : out) byte = static_cast<char>((state = state * 1664525 + 1013904223) >> 24);
  return out;
}

class DiffShare : public ::testing::Test {
 protected:
  DiffShare() : tree_(TestTree::create(sandbox_ / "shop")), cairn_{tree_.top()} {
    cairn_.run({"init", "--no-hooks"});
    tree_.write("data/a.bin", noise(60'000, 1));
    tree_.write("data/b.bin", noise(40'000, 2));
    save("v1");
  }
  void save(const std::string& name) {
    cairn_.run({"add", "data"});
    tree_.git({"commit", "-q", "-m", name});
    tree_.git({"tag", name});
  }
  nlohmann::json compare() { return cairn_.json({"diff", "v1", "v2"}).at("paths").at(0); }

  Sandbox sandbox_;
  TestTree tree_;
  Program cairn_;
};

TEST_F(DiffShare, CountsBytesOfUnchangedFiles) {
  tree_.write("data/b.bin", noise(40'000, 3));
  save("v2");
  const auto path = compare();
  EXPECT_EQ(path.at("reused_bytes"), 60'000);
  EXPECT_EQ(path.at("new_chunk_bytes"), 40'000);
  EXPECT_DOUBLE_EQ(path.at("reused_share"), 0.6);
  EXPECT_NE(cairn_.run({"diff", "v1", "v2"}).find("new bytes 40.0 kB (60.0 % reused)"),
            std::string::npos);
  EXPECT_NE(cairn_.run({"diff", "--md", "v1", "v2"}).find("| 40.0 kB | 60.0 % reused |"),
            std::string::npos);
}

TEST_F(DiffShare, ACopyOfAnUnchangedFileIsReused) {
  tree_.write("data/copy.bin", noise(60'000, 1));
  save("v2");
  const auto path = compare();
  EXPECT_EQ(path.at("reused_bytes"), 160'000);
  EXPECT_EQ(path.at("new_chunk_bytes"), 0);
  EXPECT_DOUBLE_EQ(path.at("reused_share"), 1.0);
}

TEST_F(DiffShare, TwoCopiesOfANewFileCountTwiceAsBytesOnceAsNew) {
  tree_.write("data/c.bin", noise(50'000, 9));
  tree_.write("data/d.bin", noise(50'000, 9));
  save("v2");
  const auto path = compare();
  EXPECT_EQ(path.at("reused_bytes"), 100'000);
  EXPECT_EQ(path.at("new_chunk_bytes"), 50'000);
  EXPECT_DOUBLE_EQ(path.at("reused_share"), 0.5);
}

TEST_F(DiffShare, NothingIsRoundedAway) {
  tree_.write("data/tiny", "x");
  save("v2");
  EXPECT_NE(cairn_.run({"diff", "v1", "v2"}).find("(over 99.9 % reused)"), std::string::npos);
}

TEST_F(DiffShare, WhatIsNewHasNoShare) {
  tree_.write("other.bin", noise(1000, 4));
  cairn_.run({"add", "other.bin"});
  EXPECT_EQ(cairn_.run({"diff", "v1", "--", "other.bin"}).find("reused"), std::string::npos);
}

TEST_F(DiffShare, TheMarkdownTable) {
  std::filesystem::rename(tree_.top() + "/data/a.bin", tree_.top() + "/data/moved.bin");
  tree_.write("data/b.bin", noise(40'000, 3));
  tree_.write("data/c.bin", noise(50'000, 4));
  tree_.write("odd|name.bin", noise(1000, 5));
  cairn_.run({"add", "odd|name.bin"});
  save("v2");
  EXPECT_EQ(cairn_.run({"diff", "--md", "v1", "v2"}),
            "| path | added | removed | changed | moved | bytes | new bytes | reused |\n"
            "|---|---|---|---|---|---|---|---|\n"
            "| `data` | 1 | 0 | 1 | 1 | 100.0 kB → 150.0 kB | 90.0 kB | 40.0 % reused |\n"
            "| `odd\\|name.bin` | 1 | 0 | 0 | 0 | 0 B → 1.0 kB | 1.0 kB |  |\n");
}

}  // namespace
}  // namespace cairn::cli
