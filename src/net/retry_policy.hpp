// When a failed request is sent again, and after how long. Pure: time and randomness come in as
// arguments. Model: the standard retry mode of the AWS tools (token bucket, full jitter), with one
// rule on top: when a host has given nothing but failures for 55 s, nobody tries again, so that an
// outage ends a command in under two minutes.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "cairn/context.hpp"
#include "cairn/result.hpp"
#include "net/http.hpp"
#include "net/trouble.hpp"

namespace cairn::net {

// How one attempt ended.
struct Attempt {
  int status = 0;  // 0: no answer
  Trouble trouble = Trouble::kNone;
  std::string_view code = {};  // the store's own error code; empty if there is none
  std::optional<std::chrono::milliseconds> retry_after = {};
};

enum class RetryClass { kNever, kTransient, kThrottled };
RetryClass retry_class(const Attempt& attempt);

// Of a Retry-After or x-amz-retry-after (milliseconds) header; dates are ignored.
std::optional<std::chrono::milliseconds> retry_after(const Response& response);

// What all requests to one host may spend on retries. Thread-safe.
class RetryBudget {
 public:
  // True when a retry that starts at `now_ms` + `delay` may be made; it is paid for then.
  bool spend(RetryClass kind, std::chrono::milliseconds delay, std::int64_t now_ms);
  void note_failure(std::int64_t now_ms);
  void note_success();
  // Why `host` is not asked at all now: a request to it was given up after an outage, less than a
  // minute ago, and nothing has gone well since. Without it each remote at that host, and each
  // thread, would wait for one more time-out.
  std::optional<Error> outage(const std::string& host, std::int64_t now_ms);

 private:
  static constexpr int kCapacity = 500;
  std::mutex mutex_;
  int tokens_ = kCapacity;
  std::optional<std::int64_t> failing_since_ms_;
  std::optional<std::int64_t> given_up_ms_;
};

// The budgets of a program, one for each host and port, whoever asks there. Thread-safe.
class RetryBudgets {
 public:
  std::shared_ptr<RetryBudget> of(const std::string& authority);

 private:
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<RetryBudget>> budgets_;
};

// Waits in real time; false when a stop was requested meanwhile.
bool wait_for_retry(std::chrono::milliseconds delay, const std::stop_token& stop);

// The attempts of one request.
class RetrySchedule {
 public:
  static constexpr int kMaxAttempts = 8;
  RetrySchedule(RetryBudget& budget, Entropy& entropy) : budget_(budget), entropy_(entropy) {}
  // The error of an outage where `host` is not asked at all now.
  static Result<RetrySchedule> begin(RetryBudget& budget, Entropy& entropy, const std::string& host,
                                     std::int64_t now_ms);
  // How long to wait before the next attempt; nothing when this was the last one.
  std::optional<std::chrono::milliseconds> next(const Attempt& attempt, std::int64_t now_ms);
  [[nodiscard]] int attempts() const { return attempts_; }

 private:
  std::chrono::milliseconds jitter(RetryClass kind);
  RetryBudget& budget_;
  Entropy& entropy_;
  int attempts_ = 1;
};

}  // namespace cairn::net
