// Progress on a terminal (10 times a second), as plain lines every few seconds otherwise, or not at
// all.
#pragma once

#include <atomic>
#include <chrono>
#include <string>
#include <thread>

#include "cairn/context.hpp"
#include "cli/io.hpp"

namespace cairn::cli {

// What is shown of a phase; zero totals mean unknown.
struct ProgressState {
  std::string phase;
  std::uint64_t bytes = 0, total_bytes = 0;
  std::uint64_t files = 0, total_files = 0;
};
enum class ProgressShape { kBar, kPlain };
// Never more than its total, and nothing about bytes before there are some.
std::string progress_line(const ProgressState& state, double seconds, ProgressShape shape);

class TerminalProgress final : public Progress {
 public:
  TerminalProgress(const Io& io, bool enabled) : io_(io), enabled_(enabled) {}
  ~TerminalProgress() override;
  void begin(std::string_view phase, std::uint64_t total_bytes, std::uint64_t total_files) override;
  void add_bytes(std::uint64_t bytes) override {
    bytes_.fetch_add(bytes, std::memory_order_relaxed);
  }
  void add_files(std::uint64_t files) override {
    files_.fetch_add(files, std::memory_order_relaxed);
  }
  void expect_bytes(std::uint64_t bytes) override {
    total_bytes_.fetch_add(bytes, std::memory_order_relaxed);
  }
  void expect_files(std::uint64_t files) override {
    total_files_.fetch_add(files, std::memory_order_relaxed);
  }
  void end() override;  // clears the line; may be called when nothing was begun

 private:
  void tick(const std::stop_token& stop);
  void draw(std::chrono::steady_clock::duration elapsed);

  const Io& io_;
  bool enabled_;
  bool drawn_ = false;
  std::string phase_;
  std::atomic<std::uint64_t> total_bytes_{0}, total_files_{0}, bytes_{0}, files_{0};
  std::jthread ticker_;
};

}  // namespace cairn::cli
