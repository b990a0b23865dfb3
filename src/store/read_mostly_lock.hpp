// ReadMostlyLock: a shared lock whose readers on different threads do not write to the same cache
// line. A reader takes the lock of its thread's stripe; a writer takes all of them. Look-ups run
// millions of times between two writes.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <mutex>
#include <shared_mutex>

namespace cairn::store {

class ReadMostlyLock {
 public:
  [[nodiscard]] std::shared_lock<std::shared_mutex> read() const {
    return std::shared_lock(stripes_[stripe_of_this_thread()].mutex);
  }

  class Writing {
   public:
    explicit Writing(ReadMostlyLock& lock) : lock_(lock) {
      for (Stripe& stripe : lock_.stripes_) stripe.mutex.lock();
    }
    ~Writing() {
      for (Stripe& stripe : lock_.stripes_) stripe.mutex.unlock();
    }
    Writing(const Writing&) = delete;
    Writing& operator=(const Writing&) = delete;

   private:
    ReadMostlyLock& lock_;
  };
  [[nodiscard]] Writing write() { return Writing(*this); }

 private:
  static constexpr std::size_t kStripes = 16;
  struct alignas(64) Stripe {
    std::shared_mutex mutex;
  };
  static std::size_t stripe_of_this_thread() {
    static std::atomic<std::size_t> threads = 0;
    thread_local const std::size_t stripe =
        threads.fetch_add(1, std::memory_order_relaxed) % kStripes;
    return stripe;
  }

  mutable std::array<Stripe, kStripes> stripes_;
};

}  // namespace cairn::store
