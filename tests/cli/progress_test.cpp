// The line that tells of progress, and when it is told.
#include <algorithm>
#include <condition_variable>
#include <mutex>

#include "cli/program.hpp"
#include "cli/progress.hpp"

namespace cairn::cli {
namespace {

constexpr std::uint64_t kMegabyte = 1'000'000;

TEST(ProgressLine, TellsBytesRateAndTimeLeft) {
  const ProgressState state{"fetching", 50 * kMegabyte, 200 * kMegabyte, 12, 5000};
  EXPECT_EQ(progress_line(state, 5, ProgressShape::kPlain),
            "fetching  12 of 5 000 files  50.0 MB of 200.0 MB  25%  0:15 left  10.0 MB/s");
  EXPECT_EQ(progress_line(state, 5, ProgressShape::kBar),
            "fetching  12 of 5 000 files  50.0 MB of 200.0 MB  [#####               ]  25%  "
            "0:15 left  10.0 MB/s");
}

TEST(ProgressLine, LongTimesHaveHours) {
  EXPECT_EQ(progress_line({"pushing", 1, 7384, 0, 0}, 1, ProgressShape::kPlain),
            "pushing  1 B of 7.4 kB  0%  2:03:03 left  1 B/s");
  EXPECT_EQ(progress_line({"pushing", 1, 1'000'000, 0, 0}, 10, ProgressShape::kPlain),
            "pushing  1 B of 1.0 MB  0%  0 B/s");
}

TEST(ProgressLine, IsNeverBeyondItsTotal) {
  EXPECT_EQ(progress_line({"fetching", 300, 200, 7, 5}, 2, ProgressShape::kPlain),
            "fetching  5 of 5 files  200 B of 200 B  100%  100 B/s");
}

TEST(ProgressLine, SaysOnlyWhatIsKnown) {
  EXPECT_EQ(progress_line({"fetching", 0, 0, 0, 0}, 3, ProgressShape::kBar), "fetching");
  EXPECT_EQ(progress_line({"fetching", 0, 0, 0, 9}, 3, ProgressShape::kBar),
            "fetching  0 of 9 files");
  EXPECT_EQ(progress_line({"checking", 600, 0, 0, 0}, 2, ProgressShape::kBar),
            "checking  600 B  300 B/s");
  EXPECT_EQ(progress_line({"fetching", 0, 500, 0, 0}, 2, ProgressShape::kPlain),
            "fetching  0 B of 500 B  0%  0 B/s");
}

// A clock that stands still until a test lets it tick.
class HeldClock {
 public:
  ProgressClock clock() {
    const auto now = [this] {
      const std::lock_guard lock(mutex_);
      return std::chrono::steady_clock::time_point(passed_);
    };
    return {now, [this](const std::stop_token& stop, std::chrono::milliseconds time) {
              std::unique_lock lock(mutex_);
              waiting_ = true;
              changed_.notify_all();
              if (!changed_.wait(lock, stop, [this] { return ticks_ > 0; })) return false;
              --ticks_;
              waiting_ = false;
              passed_ += time;
              return true;
            }};
  }
  // Returns when that many waits are over, and what followed them.
  void tick(int count) {
    std::unique_lock lock(mutex_);
    ticks_ = count;
    changed_.notify_all();
    changed_.wait(lock, [this] { return ticks_ == 0 && waiting_; });
  }
  [[nodiscard]] std::chrono::milliseconds passed() const { return passed_; }

 private:
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::chrono::milliseconds passed_{0};
  int ticks_ = 0;
  bool waiting_ = false;
};

class ProgressShown : public ::testing::Test {
 protected:
  ProgressShown() {
    io_.err = [this](std::string_view text) { said_ += text; };
    io_.progress_clock = clock_.clock();
  }

  Io io_;
  std::string said_;
  HeldClock clock_;
};

TEST_F(ProgressShown, PlainLinesEveryFewSecondsWithoutATerminal) {
  TerminalProgress progress(io_, true);
  progress.begin("adding", 100 * kMegabyte, 0);
  progress.add_bytes(10 * kMegabyte);
  EXPECT_EQ(said_, "") << "short work says nothing";
  clock_.tick(1);
  EXPECT_EQ(clock_.passed(), std::chrono::seconds(5));
  EXPECT_EQ(said_, "adding  10.0 MB of 100.0 MB  10%  0:45 left  2.0 MB/s\n");
  progress.add_bytes(40 * kMegabyte);
  said_.clear();
  clock_.tick(1);
  EXPECT_EQ(clock_.passed(), std::chrono::seconds(10));
  EXPECT_EQ(said_, "adding  50.0 MB of 100.0 MB  50%  0:10 left  5.0 MB/s\n");
  said_.clear();
  progress.end();
  EXPECT_EQ(said_, "") << "lines stay";
}

TEST_F(ProgressShown, OneLineIsDrawnAgainOnATerminal) {
  io_.err_is_terminal = true;
  io_.err_columns = 40;
  TerminalProgress progress(io_, true);
  progress.begin("adding", 100 * kMegabyte, 0);
  progress.add_bytes(10 * kMegabyte);
  clock_.tick(1);
  EXPECT_EQ(clock_.passed(), std::chrono::milliseconds(300));
  EXPECT_EQ(said_, "\radding  10.0 MB of 100.0 MB  [##       \x1b[K") << "cut to the width";
  said_.clear();
  clock_.tick(2);
  EXPECT_EQ(clock_.passed(), std::chrono::milliseconds(500));
  EXPECT_EQ(std::ranges::count(said_, '\r'), 2);
  EXPECT_EQ(std::ranges::count(said_, '\n'), 0);
  said_.clear();
  progress.end();
  EXPECT_EQ(said_, "\r\x1b[K") << "nothing stays";
}

TEST_F(ProgressShown, NothingIsSaidWhereItIsNotWanted) {
  TerminalProgress progress(io_, false);
  progress.begin("adding", 100 * kMegabyte, 0);
  progress.add_bytes(10 * kMegabyte);
  progress.end();
  EXPECT_EQ(said_, "");
  EXPECT_EQ(clock_.passed(), std::chrono::milliseconds(0));
}

// A clock by which every phase lasts long enough for one line of progress, and no longer.
ProgressClock one_line_clock() {
  const auto wait = [first = true](const std::stop_token& stop, std::chrono::milliseconds) mutable {
    if (std::exchange(first, false)) return true;
    std::mutex mutex;
    std::condition_variable_any stopped;
    std::unique_lock lock(mutex);
    stopped.wait(lock, stop, [] { return false; });
    first = true;
    return false;
  };
  return {[] { return std::chrono::steady_clock::time_point(); }, wait};
}

// Each command that takes long, and the phase that it tells of.
class ProgressOfCommands : public ::testing::Test {
 protected:
  ProgressOfCommands() : tree_(git::TestTree::create(sandbox_ / "shop")), cairn_{tree_.top()} {
    cairn_.progress_clock = one_line_clock();
    cairn_.run({"init", "--no-hooks"});
    cairn_.run({"remote", "add", "prod", sandbox_ / "far"});
    for (int i = 0; i < 20; ++i) tree_.write("data/" + std::to_string(i), std::string(5000, 'a'));
  }
  // What is said on standard error by each of them; all succeed.
  std::map<std::string, std::string> said(const std::vector<std::string>& flags) {
    std::map<std::string, std::string> out;
    const auto run = [&](const std::string& command, std::vector<std::string> arguments = {}) {
      arguments.insert(arguments.begin(), command);
      arguments.insert(arguments.end(), flags.begin(), flags.end());
      const auto outcome = cairn_(arguments);
      EXPECT_EQ(outcome.exit_code, 0) << command << ": " << outcome.err;
      out[command] = outcome.err;
    };
    run("add", {"data"});
    tree_.git({"commit", "-q", "-m", "data"});
    run("push");
    std::filesystem::remove_all(tree_.top() + "/data");
    run("checkout");
    run("verify");
    run("fsck");
    std::filesystem::remove_all(tree_.top() + "/data");
    std::filesystem::remove_all(tree_.top() + "/.git/cairn");
    run("pull");
    return out;
  }

  git::Sandbox sandbox_;
  git::TestTree tree_;
  Program cairn_;
};

TEST_F(ProgressOfCommands, IsToldLineByLineWithoutATerminal) {
  for (const auto& [command, text] : said({})) {
    EXPECT_NE(text, "") << command;
    EXPECT_TRUE(text.ends_with('\n')) << command << ": " << text;
    EXPECT_EQ(text.find_first_of("\r\x1b"), std::string::npos) << command << ": " << text;
  }
}

TEST_F(ProgressOfCommands, IsLeftOutByNoProgress) {
  for (const auto& [command, text] : said({"--no-progress"}))
    EXPECT_EQ(text.find("files  "), std::string::npos) << command << ": " << text;
}

TEST_F(ProgressOfCommands, NothingIsSaidQuietlyWhereNothingFails) {
  for (const auto& [command, text] : said({"-q"})) EXPECT_EQ(text, "") << command;
}

}  // namespace
}  // namespace cairn::cli
