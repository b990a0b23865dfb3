#include "cli/progress.hpp"

#include <algorithm>

#include <fmt/core.h>

#include "base/text.hpp"

namespace cairn::cli {

namespace {
using namespace std::chrono_literals;
constexpr auto kQuietStart = 300ms;  // short work shows nothing
constexpr auto kTerminalTick = 100ms;
constexpr auto kPlainTick = 5s;
constexpr int kBarCells = 20;
}  // namespace

TerminalProgress::TerminalProgress(const Io& io, bool enabled) : io_(io), enabled_(enabled) {}
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
  ticker_ = std::jthread([this](std::stop_token stop) { tick(stop); });
}

void TerminalProgress::end() {
  if (!ticker_.joinable()) return;
  ticker_.request_stop();
  wake_.notify_all();
  ticker_.join();
  ticker_ = std::jthread();
  if (drawn_ && io_.err_is_terminal) io_.err("\r\x1b[K");
  drawn_ = false;
}

void TerminalProgress::tick(std::stop_token stop) {
  const auto start = std::chrono::steady_clock::now();
  std::chrono::milliseconds wait = io_.err_is_terminal ? std::chrono::milliseconds(kQuietStart)
                                                       : std::chrono::milliseconds(kPlainTick);
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    if (wake_.wait_for(lock, stop, wait, [&] { return stop.stop_requested(); })) return;
    draw(std::chrono::steady_clock::now() - start);
    if (io_.err_is_terminal) wait = kTerminalTick;
  }
}

void TerminalProgress::draw(std::chrono::steady_clock::duration elapsed) {
  const double seconds = std::chrono::duration<double>(elapsed).count();
  auto text = line(seconds);
  if (!io_.err_is_terminal) {
    io_.err(text + "\n");
    return;
  }
  const auto width = static_cast<std::size_t>(std::max(20, io_.err_columns - 1));
  if (text.size() > width) text.resize(width);
  io_.err("\r" + text + "\x1b[K");
  drawn_ = true;
}

std::string TerminalProgress::line(double seconds) const {
  const std::uint64_t bytes = bytes_, files = files_;
  const double rate = seconds > 0 ? static_cast<double>(bytes) / seconds : 0;
  std::string out = phase_ + "  ";
  if (files > 0)
    out += base::human_count(files) +
           (total_files_ ? " of " + base::human_count(total_files_) : "") + " files  ";
  out += base::human_bytes(bytes);
  if (total_bytes_ > 0) {
    const double share =
        std::min(1.0, static_cast<double>(bytes) / static_cast<double>(total_bytes_));
    out += " of " + base::human_bytes(total_bytes_);
    if (io_.err_is_terminal) {
      const int cells = static_cast<int>(share * kBarCells);
      out += "  [" + std::string(static_cast<std::size_t>(cells), '#') +
             std::string(static_cast<std::size_t>(kBarCells - cells), ' ') + "]";
    }
    if (rate > 0 && bytes < total_bytes_) {
      const auto left =
          static_cast<std::uint64_t>(static_cast<double>(total_bytes_ - bytes) / rate);
      out += fmt::format("  {}:{:02} left", left / 60, left % 60);
    }
  }
  return out + "  " + base::human_bytes(static_cast<std::uint64_t>(rate)) + "/s";
}

}  // namespace cairn::cli
