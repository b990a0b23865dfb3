// The real clock and entropy, and the sinks that say nothing (tests, library use).
#pragma once

#include "cairn/context.hpp"

namespace cairn::base {

class SystemClock final : public Clock {
 public:
  std::int64_t now_ms() override;
};

class SystemEntropy final : public Entropy {  // getrandom
 public:
  void fill(std::span<std::uint8_t> out) override;
};

class NullLog final : public Log {
 public:
  void note(std::string_view) override {}
  void warn(std::string_view) override {}
  void verbose(std::string_view) override {}
};

class NullProgress final : public Progress {
 public:
  void begin(std::string_view, std::uint64_t, std::uint64_t) override {}
  void add_bytes(std::uint64_t) override {}
  void add_files(std::uint64_t) override {}
  void end() override {}
};

}  // namespace cairn::base
