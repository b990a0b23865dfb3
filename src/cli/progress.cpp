#include "cli/progress.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>

#include <fmt/core.h>

#include "base/text.hpp"

namespace cairn::cli {

namespace {
using namespace std::chrono_literals;
constexpr auto kQuietStart = 300ms;  // short work shows nothing
constexpr auto kTerminalTick = 100ms;
constexpr auto kPlainTick = 5s;
constexpr int kBarCells = 20;
constexpr double kLongestShown = 360'000;  // seconds; beyond it nobody waits for the number

std::string bar(double share) {
  const auto cells = static_cast<std::size_t>(share * kBarCells);
  return "  [" + std::string(cells, '#') + std::string(kBarCells - cells, ' ') + "]";
}

std::string clock_text(std::uint64_t seconds) {
  if (seconds < 3600) return fmt::format("{}:{:02}", seconds / 60, seconds % 60);
  return fmt::format("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
}

// Of what is known to come.
std::string bytes_text(std::uint64_t done, std::uint64_t total, double rate, ProgressShape shape) {
  if (total == 0) return base::human_bytes(done);
  const double share = static_cast<double>(done) / static_cast<double>(total);
  std::string out = base::human_bytes(done) + " of " + base::human_bytes(total);
  if (shape == ProgressShape::kBar) out += bar(share);
  out += fmt::format("  {}%", static_cast<int>(share * 100));
  if (rate <= 0 || done == total) return out;
  const double left = static_cast<double>(total - done) / rate;
  return left < kLongestShown ? out + "  " + clock_text(static_cast<std::uint64_t>(left)) + " left"
                              : out;
}
}  // namespace

ProgressClock steady_progress_clock() {
  const auto wait = [](const std::stop_token& stop, std::chrono::milliseconds time) {
    std::mutex mutex;
    std::condition_variable_any never;
    std::unique_lock lock(mutex);
    never.wait_for(lock, stop, time, [] { return false; });
    return !stop.stop_requested();
  };
  return {[] { return std::chrono::steady_clock::now(); }, wait};
}

std::string progress_line(const ProgressState& state, double seconds, ProgressShape shape) {
  std::string out = state.phase;
  const std::uint64_t files =
      state.total_files ? std::min(state.files, state.total_files) : state.files;
  if (files + state.total_files > 0) {
    out += "  " + base::human_count(files);
    if (state.total_files) out += " of " + base::human_count(state.total_files);
    out += " files";
  }
  if (state.bytes + state.total_bytes == 0) return out;
  const std::uint64_t bytes =
      state.total_bytes ? std::min(state.bytes, state.total_bytes) : state.bytes;
  const double rate = seconds > 0 ? static_cast<double>(bytes) / seconds : 0;
  return out + "  " + bytes_text(bytes, state.total_bytes, rate, shape) + "  " +
         base::human_bytes(static_cast<std::uint64_t>(rate)) + "/s";
}

TerminalProgress::~TerminalProgress() { end(); }

void TerminalProgress::begin(std::string_view phase, std::uint64_t total_bytes,
                             std::uint64_t total_files) {
  end();
  if (!enabled_) return;
  phase_ = phase;
  total_bytes_ = total_bytes;
  total_files_ = total_files;
  bytes_ = 0;
  files_ = 0;
  ticker_ = std::jthread([this](const std::stop_token& stop) { tick(stop); });
}

void TerminalProgress::end() {
  if (!ticker_.joinable()) return;
  ticker_.request_stop();
  ticker_.join();
  ticker_ = std::jthread();
  if (drawn_ && io_.err_is_terminal) io_.err("\r\x1b[K");
  drawn_ = false;
}

void TerminalProgress::tick(const std::stop_token& stop) {
  const auto& clock = io_.progress_clock;
  const auto start = clock.now();
  std::chrono::milliseconds wait = io_.err_is_terminal ? std::chrono::milliseconds(kQuietStart)
                                                       : std::chrono::milliseconds(kPlainTick);
  while (clock.wait(stop, wait)) {
    draw(clock.now() - start);
    if (io_.err_is_terminal) wait = kTerminalTick;
  }
}

void TerminalProgress::draw(std::chrono::steady_clock::duration elapsed) {
  const double seconds = std::chrono::duration<double>(elapsed).count();
  // What is done first: a total that grows with it is never too small.
  const std::uint64_t bytes = bytes_, files = files_;
  const auto shape = io_.err_is_terminal ? ProgressShape::kBar : ProgressShape::kPlain;
  auto text = progress_line({phase_, bytes, total_bytes_, files, total_files_}, seconds, shape);
  if (!io_.err_is_terminal) {
    io_.err(text + "\n");
    return;
  }
  const auto width = static_cast<std::size_t>(std::max(20, io_.err_columns - 1));
  if (text.size() > width) text.resize(width);
  io_.err("\r" + text + "\x1b[K");
  drawn_ = true;
}

}  // namespace cairn::cli
