// How many requests may run at once against one host: additive increase while answers are good and
// every place is used, multiplied by 0.7 when the host says that it is too much (429, 503). A
// host's trouble slows nobody else.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <stop_token>

namespace cairn::net {

class ConcurrencyLimit {
 public:
  ConcurrencyLimit(std::size_t first, std::size_t most);

  // A place, given back by leave(); nothing was taken when it returns false (stop was requested).
  struct Place {
    std::uint64_t epoch = 0;
  };
  bool enter(const std::stop_token& stop, Place& place);
  enum class Outcome { kGood, kThrottled, kOther };
  void leave(const Place& place, Outcome outcome);

  [[nodiscard]] std::size_t limit() const;

 private:
  void shrink(const Place& place);
  void grow();

  static constexpr double kLeast = 2;
  mutable std::mutex mutex_;
  std::condition_variable_any freed_;
  double limit_;
  const double most_;
  std::size_t running_ = 0;
  bool was_full_ = false;  // since the last growth
  std::uint64_t epoch_ =
      0;  // number of reductions: answers to requests sent before the last one say nothing new
};

}  // namespace cairn::net
