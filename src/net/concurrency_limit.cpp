#include "net/concurrency_limit.hpp"

#include <algorithm>

namespace cairn::net {

ConcurrencyLimit::ConcurrencyLimit(std::size_t first, std::size_t most)
    : limit_(std::max(kLeast, static_cast<double>(std::min(first, most)))),
      most_(std::max(kLeast, static_cast<double>(most))) {}

bool ConcurrencyLimit::enter(const std::stop_token& stop, Place& place) {
  std::unique_lock lock(mutex_);
  const auto has_place = [&] { return running_ < static_cast<std::size_t>(limit_); };
  if (!freed_.wait(lock, stop, has_place) || stop.stop_requested()) return false;
  ++running_;
  was_full_ |= !has_place();
  place.epoch = epoch_;
  return true;
}

void ConcurrencyLimit::leave(const Place& place, Outcome outcome) {
  {
    const std::lock_guard lock(mutex_);
    --running_;
    if (outcome == Outcome::kThrottled) shrink(place);
    if (outcome == Outcome::kGood) grow();
  }
  freed_.notify_all();
}

// Once per round trip: only for a request that was sent after the last reduction.
void ConcurrencyLimit::shrink(const Place& place) {
  if (place.epoch != epoch_) return;
  limit_ = std::max(kLeast, limit_ * 0.7);
  was_full_ = false;
  ++epoch_;
}

// One more place for each full round of good answers.
void ConcurrencyLimit::grow() {
  if (!was_full_) return;
  limit_ = std::min(most_, limit_ + 1 / limit_);
}

std::size_t ConcurrencyLimit::limit() const {
  const std::lock_guard lock(mutex_);
  return static_cast<std::size_t>(limit_);
}

}  // namespace cairn::net
