// How much of the data commands read: nothing that is unchanged, and of a sample nothing else.
#include "cli/program.hpp"

namespace cairn::cli {
namespace {

constexpr std::uint64_t kLarge = 3'000'000;
constexpr std::uint64_t kLittle = 1'000'000;  // the program's own files, and those of git
constexpr int kTries = 1000;

// Bytes that this process asked the kernel for, whichever layer did: a count of our own would not
// see what goes past it. Nothing where the system does not tell.
std::optional<std::uint64_t> bytes_read() {
  std::ifstream file("/proc/self/io");
  std::string name;
  for (std::uint64_t value = 0; file >> name >> value;) {
    if (name == "rchar:") return value;
  }
  return std::nullopt;
}

class Reads : public ::testing::Test {
 protected:
  Reads() : tree_(git::TestTree::create(sandbox_ / "shop")), cairn_{tree_.top()} {
    cairn_.run({"init", "--no-hooks"});
    for (int i = 10; i < 30; ++i) tree_.write("data/" + std::to_string(i), std::string(1000, 'a'));
    tree_.write("data/0-large", std::string(kLarge, 'b'));
    // Stamps of files just written are not trusted: once they are old enough, one add notes them.
    for (int i = 0; i < kTries && add().at("read_files") != 0; ++i) continue;
  }
  nlohmann::json add() { return cairn_.json({"add", "data"}).at("paths").at(0); }
  // What a command reads, as the kernel counts it; nothing is expected where it does not.
  template <typename Run>
  void expect_read(std::uint64_t least, std::uint64_t most, const Run& run) {
    const auto before = bytes_read();
    run();
    const auto after = bytes_read();
    if (!before || !after) return;
    EXPECT_GE(*after - *before, least);
    EXPECT_LE(*after - *before, most);
  }

  git::Sandbox sandbox_;
  git::TestTree tree_;
  Program cairn_;
};

TEST_F(Reads, NothingIsReadOfWhatIsUnchanged) {
  expect_read(0, kLittle, [&] {
    const auto again = add();
    EXPECT_EQ(again.at("unchanged"), true);
    EXPECT_EQ(again.at("read_files"), 0);
    EXPECT_EQ(again.at("read_bytes"), 0);
  });
  tree_.write("data/10", "changed");
  expect_read(0, kLittle, [&] { EXPECT_EQ(add().at("read_files"), 1) << "the others are known"; });
}

TEST_F(Reads, AVerifiedSampleIsAllThatIsRead) {
  expect_read(kLarge, 2 * kLarge, [&] {
    const auto all = cairn_.json({"verify"});
    EXPECT_EQ(all.at("files"), 21);
    EXPECT_EQ(all.at("bytes"), kLarge + 20'000);
  });
  expect_read(0, kLittle, [&] {
    const auto sample = cairn_.json({"verify", "--read-data", "10%"});
    EXPECT_EQ(sample.at("files"), 2) << "each tenth or so, never the first, which is the large one";
    EXPECT_EQ(sample.at("bytes"), 2000);
  });
}

}  // namespace
}  // namespace cairn::cli
