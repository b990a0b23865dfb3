// CpuPool: the threads for CPU work, created once per program, and the two ways to use them.
// Both calls run user code on pool threads and on the caller; the first error wins and stops
// further work.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "cairn/context.hpp"
#include "cairn/result.hpp"

namespace cairn {

class CpuPool {
 public:
  // Threads start lazily, at the first submit; 0 means one per available core (affinity and cgroup
  // respected). They give way to the thread that calls.
  explicit CpuPool(unsigned threads);
  ~CpuPool();
  CpuPool(const CpuPool&) = delete;
  CpuPool& operator=(const CpuPool&) = delete;

  void submit(std::function<void()> job);  // never blocks; bounded by callers
  [[nodiscard]] unsigned threads() const { return thread_count_; }

 private:
  void start_locked();
  void run();

  unsigned thread_count_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> jobs_;
  std::vector<std::thread> threads_;
  bool closing_ = false;
};

namespace base {

// Calls body(i) for i in [0, count), in parallel, in roughly increasing order. A stop request ends
// it with kInterrupted.
Status parallel_for(const Context& context, std::size_t count,
                    const std::function<Status(std::size_t)>& body);

// Error of a stop request, for loops that poll `context.stop`.
Status check_stop(const Context& context);

// An ordered pipeline: next() yields items on the calling thread until nothing; work() runs on the
// pool, or on the calling thread when the pool is busy; commit() gets the results on the calling
// thread in input order. At most `window` items are between next() and commit(). The first error in
// time wins, also over results that were not committed yet. Started work has ended on return.
template <typename In, typename Out>
Status run_ordered(const Context& context, std::size_t window,
                   const std::function<Result<std::optional<In>>()>& next,
                   const std::function<Result<Out>(In&)>& work,
                   const std::function<Status(Out&)>& commit);

}  // namespace base
}  // namespace cairn

#include "base/run_ordered.hpp"
