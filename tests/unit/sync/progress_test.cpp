// What push and fetch tell of their progress: totals that are known when the plan is, and bytes and
// files that come to them and never beyond.
#include "remotes/decorators/fault_remote.hpp"
#include "sync/passing.hpp"
#include "unit/sync/world.hpp"

namespace cairn::sync::test {
namespace {

class RecordedProgress final : public Progress {
 public:
  void begin(std::string_view phase, std::uint64_t total_bytes,
             std::uint64_t total_files) override {
    name = phase;
    ++phases;
    total = total_bytes;
    files_total = total_files;
    bytes = files = 0;
  }
  void add_bytes(std::uint64_t count) override {
    const std::uint64_t done = bytes += count;
    if (done > total) beyond = true;
  }
  void add_files(std::uint64_t count) override {
    const std::uint64_t done = files += count;
    if (done > files_total) beyond = true;
  }
  void expect_bytes(std::uint64_t count) override { total += count; }
  void expect_files(std::uint64_t count) override { files_total += count; }
  void end() override {}

  std::string name;
  int phases = 0;
  std::atomic<std::uint64_t> total{0}, files_total{0}, bytes{0}, files{0};
  std::atomic<bool> beyond{false};
};

class TransferProgress : public testing::Test {
 protected:
  TransferProgress() : store_(world_.new_store()), files_(sample_files(300, 1)) {
    version_ = world_.add_folder(*store_, "data", files_);
    fetch_options_.project = world_.options.project;
  }
  Result<PushReport> push(Remote& remote) {
    return push_versions(context_, *store_, remote, {version_}, world_.options, world_.journal);
  }
  void expect_whole(const std::string& name) {
    EXPECT_EQ(progress_.name, name);
    EXPECT_GT(progress_.bytes, 0U);
    EXPECT_EQ(progress_.bytes, progress_.total);
    EXPECT_EQ(progress_.files, progress_.files_total);
    EXPECT_FALSE(progress_.beyond);
  }

  World world_;
  std::unique_ptr<store::Store> store_;
  Files files_;
  Version version_;
  FetchOptions fetch_options_;
  RecordedProgress progress_;
  Context context_{world_.clock, world_.entropy, world_.log, progress_, world_.cpu, {}};
};

TEST_F(TransferProgress, PushCountsWhatIsSentAgainstThePlan) {
  ASSERT_TRUE(push(world_.remote).ok());
  expect_whole("pushing");
  std::uint64_t packs = 0;
  for (const auto& [key, bytes] : world_.objects(world_.remote))
    packs += key.starts_with("packs/") ? bytes.size() : 0;
  EXPECT_EQ(progress_.bytes, packs);
}

TEST_F(TransferProgress, FetchKnowsItsBytesAndFiles) {
  ASSERT_TRUE(push(world_.remote).ok());
  const auto other = world_.new_store();
  const auto fetched =
      test::fetch_versions(context_, *other, world_.remote, {version_}, fetch_options_);
  ASSERT_TRUE(fetched.ok());
  expect_whole("fetching");
  EXPECT_LE(progress_.bytes, fetched->downloaded_bytes);
  EXPECT_GT(progress_.bytes, fetched->downloaded_bytes * 9 / 10);
  EXPECT_EQ(progress_.files, files_.size() - 1) << "of an empty one nothing comes";
}

TEST_F(TransferProgress, SeveralVersionsAreOnePhase) {
  const Version alone = world_.add_file(*store_, "alone", noise(300'000, 5));
  const Version small = world_.add_file(*store_, "small", noise(3'000, 6));
  const std::vector<Version> all = {version_, alone, small};
  ASSERT_TRUE(
      push_versions(context_, *store_, world_.remote, all, world_.options, world_.journal).ok());
  progress_.phases = 0;
  const auto other = world_.new_store();
  ASSERT_TRUE(test::fetch_versions(context_, *other, world_.remote, all, fetch_options_).ok());
  expect_whole("fetching");
  EXPECT_EQ(progress_.phases, 1);
  EXPECT_EQ(progress_.files, files_.size() - 1 + 2);
}

TEST_F(TransferProgress, WhatIsAskedForAgainIsExpectedAgain) {
  ASSERT_TRUE(push(world_.remote).ok());
  int ranges = 0;
  remotes::FaultRemote faulty(world_.remote, [&](const remotes::Call& call) {
    const bool data = call.kind == remotes::CallKind::kGetRange && call.key.starts_with("packs/");
    return data && ++ranges % 3 == 2 ? remotes::Fault::kCorruptByte : remotes::Fault::kNone;
  });
  const auto other = world_.new_store();
  (void)test::fetch_versions(context_, *other, faulty, {version_}, fetch_options_);
  EXPECT_GT(progress_.bytes, 0U);
  EXPECT_FALSE(progress_.beyond);
}

}  // namespace
}  // namespace cairn::sync::test
