// What an operation may use of the outside world: clock, randomness, log, progress, cancellation,
// threads, memory. Passed first to every operation that does work. The library reads no
// environment, clock or terminal by itself. Context owns nothing; the program (or a test) that
// builds it keeps its parts alive.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <stop_token>
#include <string_view>

namespace cairn {

class CpuPool;  // base/cpu_pool.hpp

class Clock {
 public:
  virtual ~Clock() = default;
  // Milliseconds since the Unix epoch.
  [[nodiscard]] virtual std::int64_t now_ms() = 0;
};

class Entropy {
 public:
  virtual ~Entropy() = default;
  // Fills `out` with unpredictable bytes (salts, session ids). Tests inject a counter: golden files
  // need it.
  virtual void fill(std::span<std::uint8_t> out) = 0;
};

// Talk for the user; text is plain, the sink escapes and decorates it. Thread-safe.
class Log {
 public:
  virtual ~Log() = default;
  virtual void note(std::string_view text) = 0;     // shown unless -q
  virtual void warn(std::string_view text) = 0;     // always shown
  virtual void verbose(std::string_view text) = 0;  // shown with -v
};

// Counters of the running phase; add_* are called from any thread and cost one atomic addition.
class Progress {
 public:
  virtual ~Progress() = default;
  // A new phase: "adding", "pushing". Zero totals mean unknown.
  virtual void begin(std::string_view phase, std::uint64_t total_bytes,
                     std::uint64_t total_files) = 0;
  virtual void add_bytes(std::uint64_t bytes) = 0;
  virtual void add_files(std::uint64_t files) = 0;
  // The running phase's totals grow as plans are made; from any thread.
  virtual void expect_bytes(std::uint64_t) {}
  virtual void expect_files(std::uint64_t) {}
  virtual void end() = 0;
};

struct Context {
  Clock& clock;
  Entropy& entropy;
  Log& log;
  Progress& progress;
  CpuPool& cpu;
  std::stop_token stop;
  std::size_t memory_bytes = std::size_t{512} << 20;  // bound on buffers of one operation
};

}  // namespace cairn
