// What operations tell of their progress: phases with totals, and bytes and files that add up to
// them.
#include <atomic>

#include "base/cpu_pool.hpp"
#include "base/system.hpp"
#include "repo/operations.hpp"
#include "unit/git/sandbox.hpp"

namespace cairn::repo {
namespace {

struct SilentLog final : Log {
  void note(std::string_view) override {}
  void warn(std::string_view) override {}
  void verbose(std::string_view) override {}
};

struct Phase {
  std::string name;
  std::uint64_t total_bytes = 0, total_files = 0;
};

class RecordedProgress final : public Progress {
 public:
  void begin(std::string_view phase, std::uint64_t total_bytes,
             std::uint64_t total_files) override {
    phases.push_back({std::string(phase), total_bytes, total_files});
    bytes = files = 0;
  }
  void add_bytes(std::uint64_t count) override { bytes += count; }
  void add_files(std::uint64_t count) override { files += count; }
  void end() override {}

  std::vector<Phase> phases;
  std::atomic<std::uint64_t> bytes{0}, files{0};
};

class ProgressOfOperations : public testing::Test {
 protected:
  ProgressOfOperations() : sandbox_(), top_(sandbox_ / "shop") {
    std::filesystem::create_directories(top_ + "/data");
    EXPECT_TRUE(base::run_process({"git", "init", "-q", top_}, {}).ok());
    environment_.directory = top_;
    environment_.search_path = std::getenv("PATH");
    EXPECT_TRUE(init(context_, environment_, {}).ok());
    for (int i = 0; i < 20; ++i) write("data/" + std::to_string(i), std::string(1000, 'a'));
    write("data/large", std::string(3'000'000, 'b'));
  }

  void write(const std::string& path, const std::string& text) const {
    std::ofstream(top_ + "/" + path, std::ios::binary) << text;
  }
  Repository open() { return *Repository::open(context_, environment_); }
  // The last phase had these totals, and came to its end.
  void expect_phase(const std::string& name, std::uint64_t bytes, std::uint64_t files) {
    ASSERT_FALSE(progress_.phases.empty()) << name;
    const Phase last = progress_.phases.back();
    EXPECT_EQ(last.name, name);
    EXPECT_EQ(last.total_bytes, bytes) << name;
    EXPECT_EQ(last.total_files, files) << name;
    EXPECT_EQ(progress_.bytes, bytes) << name;
    EXPECT_EQ(progress_.files, files) << name;
    progress_.phases.clear();
  }

  git::Sandbox sandbox_;
  std::string top_;
  Environment environment_;
  base::SystemClock clock_;
  base::SystemEntropy entropy_;
  SilentLog log_;
  RecordedProgress progress_;
  CpuPool cpu_{2};
  Context context_{clock_, entropy_, log_, progress_, cpu_, {}};
};

TEST_F(ProgressOfOperations, BytesAndFilesAddUpToWhatWasAnnounced) {
  auto repository = open();
  AddOptions add_data;
  add_data.paths = {"data"};
  ASSERT_TRUE(add(context_, repository, add_data).ok());
  expect_phase("adding", 3'020'000, 21);

  ASSERT_TRUE(verify(context_, repository, {}, 1.0).ok());
  expect_phase("hashing", 3'020'000, 21);

  std::filesystem::remove_all(top_ + "/data");
  ASSERT_TRUE(checkout(context_, repository, {}).ok());
  expect_phase("writing", 3'020'000, 21);

  const auto checked = fsck(context_, repository, {});
  ASSERT_TRUE(checked.ok());
  ASSERT_EQ(progress_.phases.back().name, "checking");
  EXPECT_EQ(progress_.bytes, checked->bytes_read);
  EXPECT_GE(progress_.phases.back().total_bytes, checked->bytes_read);
}

}  // namespace
}  // namespace cairn::repo
