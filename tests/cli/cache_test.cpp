// cache and cache prune in process: sizes as typed, texts and JSON.
#include "cli/format_reply.hpp"
#include "cli/program.hpp"

namespace cairn::cli {
namespace {

using git::Sandbox;
using git::TestTree;

std::uint64_t size_of(const std::string& text) {
  std::uint64_t bytes = 0;
  return parse_size("max-size", text, bytes) ? bytes : UINT64_MAX;
}

TEST(Cache, SizesAreDecimalOrBinary) {
  EXPECT_EQ(size_of("0"), 0u);
  EXPECT_EQ(size_of("4096"), 4096u);
  EXPECT_EQ(size_of("12B"), 12u);
  EXPECT_EQ(size_of("3K"), 3000u);
  EXPECT_EQ(size_of("3KB"), 3000u);
  EXPECT_EQ(size_of("3KiB"), 3072u);
  EXPECT_EQ(size_of("20M"), 20'000'000u);
  EXPECT_EQ(size_of("2GiB"), std::uint64_t{2} << 30);
  EXPECT_EQ(size_of("1T"), 1'000'000'000'000u);
  EXPECT_EQ(size_of("16777215TiB"), 16777215 * (std::uint64_t{1} << 40));
}

TEST(Cache, OtherSizesAreRefusedWithTheForm) {
  for (const char* text : {"", "G", "1.5G", "-1", "5X", "5 G", "5g", "5KIB", "16777216TiB",
                           "99999999999999999999", "0x10", "5GG"}) {
    EXPECT_EQ(size_of(text), UINT64_MAX) << text;
  }
  std::uint64_t bytes = 0;
  const auto refused = parse_size("max-size", "5\nX", bytes);
  EXPECT_EQ(refused.error().message(), "`--max-size` takes a size, not `5\\x0aX`");
  EXPECT_NE(refused.error().hints().front().find("--max-size 20G"), std::string::npos);
}

class CacheCommand : public ::testing::Test {
 protected:
  CacheCommand() : tree_(TestTree::create(sandbox_ / "shop")), cairn_{tree_.top()} {
    cairn_.run({"init", "--no-hooks"});
    std::string noise(200'000, '\0');
    std::uint32_t state = 1;
    for (auto& byte : noise) byte = static_cast<char>((state = state * 1664525 + 1013904223) >> 24);
    tree_.write("data.bin", noise);
    cairn_.run({"add", "data.bin"});
    tree_.git({"commit", "-q", "-m", "v1"});
  }

  Sandbox sandbox_;
  TestTree tree_;
  Program cairn_;
};

TEST_F(CacheCommand, TellsWhatOnlyThisCloneHas) {
  const auto out = cairn_.run({"cache"});
  EXPECT_NE(out.find("200.0 kB of versions that were never pushed: kept\n"), std::string::npos)
      << out;
  EXPECT_EQ(out.find("next:"), std::string::npos) << out;
  const auto json = cairn_.json({"cache"});
  EXPECT_EQ(json.at("droppable_bytes"), 0);
  EXPECT_GT(json.at("only_here_bytes"), 200'000);
}

TEST_F(CacheCommand, PruneNeedsASizeAndARemote) {
  const auto no_size = cairn_({"cache", "prune"});
  EXPECT_EQ(no_size.exit_code, 2);
  EXPECT_NE(no_size.err.find("`cairn cache prune` needs `--max-size N`"), std::string::npos)
      << no_size.err;
  const auto no_remote = cairn_({"cache", "prune", "--max-size", "1K"});
  EXPECT_EQ(no_remote.exit_code, 2);
  EXPECT_NE(no_remote.err.find("no remote is set up"), std::string::npos) << no_remote.err;
  EXPECT_EQ(cairn_({"cache", "wipe"}).exit_code, 2);
}

TEST_F(CacheCommand, DropsWhatWasPushedAndSaysSo) {
  cairn_.run({"remote", "add", "prod", sandbox_ / "far"});
  cairn_.run({"push"});
  const auto dry = cairn_({"cache", "prune", "-n", "--max-size", "50K"});
  EXPECT_EQ(dry.exit_code, 0) << dry.out << dry.err;
  EXPECT_NE(dry.out.find("would drop 200."), std::string::npos) << dry.out;
  EXPECT_EQ(cairn_({"--offline", "cat", "data.bin"}).exit_code, 0);
  const auto done = cairn_.json({"cache", "prune", "--max-size", "50K"});
  EXPECT_EQ(done.at("applied"), true);
  EXPECT_EQ(done.at("fits"), true);
  EXPECT_EQ(done.at("versions_confirmed"), 1);
  EXPECT_LE(done.at("after_bytes"), 50'000);
  EXPECT_EQ(cairn_({"--offline", "cat", "data.bin"}).exit_code, 6);
  EXPECT_NE(cairn_.run({"cache", "prune", "--max-size", "50K"}).find("nothing to do"),
            std::string::npos);
  cairn_.run({"pull"});
  EXPECT_EQ(cairn_({"--offline", "cat", "data.bin"}).exit_code, 0);
}

// The local note says that the remote has it; the remote says otherwise, and counts.
TEST_F(CacheCommand, ANoteIsNoEvidence) {
  cairn_.run({"remote", "add", "prod", sandbox_ / "far"});
  cairn_.run({"push"});
  for (const auto& entry : std::filesystem::recursive_directory_iterator(sandbox_ / "far/packs")) {
    if (entry.is_regular_file() && entry.file_size() > 100'000)
      std::filesystem::remove(entry.path());
  }
  EXPECT_NE(cairn_.run({"cache"}).find("drops up to 200."), std::string::npos);
  const auto kept = cairn_({"cache", "prune", "--max-size", "50K"});
  EXPECT_EQ(kept.exit_code, 3) << kept.out << kept.err;
  EXPECT_NE(kept.out.find("not confirmed: data.bin"), std::string::npos) << kept.out;
  EXPECT_NE(kept.out.find("is missing"), std::string::npos) << kept.out;
  EXPECT_EQ(cairn_({"--offline", "cat", "data.bin"}).exit_code, 0);
}

}  // namespace
}  // namespace cairn::cli
