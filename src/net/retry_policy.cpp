#include "net/retry_policy.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <condition_variable>
#include <string>

#include "base/text.hpp"

namespace cairn::net {
namespace {

using std::chrono::milliseconds;

constexpr std::int64_t kOutageMs =
    55'000;  // and one more attempt before and after it, of 30 s each
constexpr std::array kRetriedStatuses{408, 499, 500, 502, 504};  // 499: Tigris
constexpr std::array kThrottleStatuses{429, 503};
constexpr std::array<std::string_view, 7> kRetriedCodes{
    "RequestTimeout",  // a 400
    "InternalError",      "ConditionalRequestConflict", "OperationAborted",
    "ServiceUnavailable", "ConcurrentModification",     "IncompleteBody"};
constexpr std::array<std::string_view, 6> kThrottleCodes{"SlowDown",
                                                         "Throttling",
                                                         "ThrottlingException",
                                                         "RequestLimitExceeded",
                                                         "TooManyRequests",
                                                         "BandwidthLimitExceeded"};

template <typename Range, typename Value>
bool contains(const Range& range, const Value& value) {
  return std::find(range.begin(), range.end(), value) != range.end();
}

bool is_retried(Trouble trouble) {
  return trouble == Trouble::kNameLookup || trouble == Trouble::kConnect ||
         trouble == Trouble::kTls || trouble == Trouble::kLost || trouble == Trouble::kTooSlow;
}

}  // namespace

RetryClass retry_class(const Attempt& attempt) {
  if (attempt.status == 0)
    return is_retried(attempt.trouble) ? RetryClass::kTransient : RetryClass::kNever;
  if (contains(kThrottleCodes, attempt.code) || contains(kThrottleStatuses, attempt.status))
    return RetryClass::kThrottled;
  if (contains(kRetriedCodes, attempt.code) || contains(kRetriedStatuses, attempt.status))
    return RetryClass::kTransient;
  return RetryClass::kNever;
}

std::optional<milliseconds> retry_after(const Response& response) {
  constexpr std::uint64_t kMostSeconds = 3600;
  std::uint64_t value = 0;
  if (const std::string* text = response.header("x-amz-retry-after");
      text && base::parse_u64(*text, value)) {
    return milliseconds(std::min(value, kMostSeconds * 1000));
  }
  if (const std::string* text = response.header("retry-after");
      text && base::parse_u64(*text, value)) {
    return milliseconds(std::min(value, kMostSeconds) * 1000);
  }
  return std::nullopt;
}

bool RetryBudget::spend(RetryClass kind, milliseconds delay, std::int64_t now_ms) {
  const int cost = kind == RetryClass::kThrottled ? 5 : 14;
  const std::lock_guard lock(mutex_);
  if (failing_since_ms_ && now_ms + delay.count() - *failing_since_ms_ > kOutageMs) {
    given_up_ms_ = now_ms;
    return false;
  }
  if (tokens_ < cost) return false;
  tokens_ -= cost;
  return true;
}

void RetryBudget::note_failure(std::int64_t now_ms) {
  const std::lock_guard lock(mutex_);
  if (!failing_since_ms_) failing_since_ms_ = now_ms;
}

void RetryBudget::note_success() {
  const std::lock_guard lock(mutex_);
  failing_since_ms_.reset();
  given_up_ms_.reset();
  tokens_ = std::min(kCapacity, tokens_ + 1);
}

std::optional<Error> RetryBudget::outage(const std::string& host, std::int64_t now_ms) {
  const std::lock_guard lock(mutex_);
  if (!given_up_ms_ || !failing_since_ms_ || now_ms - *given_up_ms_ > kOutageMs)
    return std::nullopt;
  return trouble_error(Trouble::kLost, host + " has given nothing but failures for " +
                                           std::to_string((now_ms - *failing_since_ms_) / 1000) +
                                           " s and is not asked again now");
}

std::shared_ptr<RetryBudget> RetryBudgets::of(const std::string& authority) {
  const std::lock_guard lock(mutex_);
  auto& budget = budgets_[authority];
  if (!budget) budget = std::make_shared<RetryBudget>();
  return budget;
}

bool wait_for_retry(milliseconds delay, const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  never.wait_for(lock, stop, delay, [] { return false; });
  return !stop.stop_requested();
}

Result<RetrySchedule> RetrySchedule::begin(RetryBudget& budget, Entropy& entropy,
                                           const std::string& host, std::int64_t now_ms) {
  if (auto outage = budget.outage(host, now_ms)) return *std::move(outage);
  return RetrySchedule(budget, entropy);
}

// Full jitter: anything from nothing to min(20 s, base * 2^n).
milliseconds RetrySchedule::jitter(RetryClass kind) {
  constexpr std::uint64_t kMostMs = 20'000;
  const std::uint64_t base_ms = kind == RetryClass::kThrottled ? 1'000 : 50;
  const std::uint64_t ceiling = std::min(kMostMs, base_ms << (attempts_ - 1));
  std::array<std::uint8_t, 8> random{};
  entropy_.fill(random);
  return milliseconds(std::bit_cast<std::uint64_t>(random) % (ceiling + 1));
}

std::optional<milliseconds> RetrySchedule::next(const Attempt& attempt, std::int64_t now_ms) {
  const RetryClass kind = retry_class(attempt);
  if (kind == RetryClass::kNever) return std::nullopt;
  budget_.note_failure(now_ms);
  if (attempts_ >= kMaxAttempts) return std::nullopt;
  milliseconds delay = jitter(kind);
  constexpr milliseconds kPatience{5'000};  // beyond our own delay
  if (attempt.retry_after)
    delay = std::max(delay, std::min(*attempt.retry_after, delay + kPatience));
  if (!budget_.spend(kind, delay, now_ms)) return std::nullopt;
  ++attempts_;
  return delay;
}

}  // namespace cairn::net
