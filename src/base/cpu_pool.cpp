#include "base/cpu_pool.hpp"

#include <algorithm>
#include <atomic>
#include <system_error>
#include <utility>

#include <unistd.h>

#include "base/assert.hpp"
#include "base/available_cores.hpp"

namespace cairn {
namespace {

// What cannot be split runs on the thread that calls (a file's hash, all that is done in order),
// and is mostly the bound: it keeps a core of its own while there is one thread more than cores. 1
// GB of noise is added in 1.6 s on two cores, and in 2.0 where it has to share.
constexpr int kBehindCaller = 5;

}  // namespace

CpuPool::CpuPool(unsigned threads)
    : thread_count_(threads != 0 ? threads : base::available_cores()) {}

CpuPool::~CpuPool() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void CpuPool::submit(std::function<void()> job) {
  {
    const std::lock_guard lock(mutex_);
    CAIRN_ASSERT(!closing_);
    if (threads_.empty()) start_locked();
    jobs_.push_back(std::move(job));
  }
  wake_.notify_one();
}

// A process at its thread limit gets fewer threads, or none: then jobs stay queued, and the callers
// of parallel_for and run_ordered do all of the work themselves.
void CpuPool::start_locked() {
  threads_.reserve(thread_count_);
  try {
    while (threads_.size() < thread_count_) threads_.emplace_back([this] { run(); });
  } catch (const std::system_error&) {
    return;
  }
}

// Queued jobs are still run when the pool closes. noexcept: a job that throws is our bug, and ends
// the program here.
void CpuPool::run() {
  // On Linux that of this thread alone. Nothing depends on its success.
  [[maybe_unused]] const int value = ::nice(kBehindCaller);
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return closing_ || !jobs_.empty(); });
    if (jobs_.empty()) return;
    {
      const std::function<void()> job = std::move(jobs_.front());
      jobs_.pop_front();
      lock.unlock();
      [&job]() noexcept { job(); }();
    }  // the job is destroyed outside the lock: it may own the last reference to its state
    lock.lock();
  }
}

namespace base {
namespace {

// One parallel_for call. Shared with the pool's jobs: one that gets its turn late finds `closed_`,
// and never touches what the caller owned.
class IndexLoop {
 public:
  using Body = std::function<Status(std::size_t)>;
  IndexLoop(const Context& context, std::size_t count, const Body& body)
      : context_(context), count_(count), body_(body) {}

  void join_in() {
    {
      const std::lock_guard lock(mutex_);
      if (closed_) return;
      ++active_;
    }
    std::optional<Error> error = work();
    const std::lock_guard lock(mutex_);
    if (error && !error_) error_ = std::move(error);
    --active_;
    finished_.notify_all();
  }

  Status close() {
    std::unique_lock lock(mutex_);
    closed_ = true;
    finished_.wait(lock, [this] { return active_ == 0; });
    if (error_) return *error_;
    return {};
  }

 private:
  std::optional<Error> work() {
    while (!failed_.load(std::memory_order_relaxed)) {
      const std::size_t index = next_.fetch_add(1, std::memory_order_relaxed);
      if (index >= count_) break;
      Status status = call_guarded([&]() -> Status {
        CAIRN_CHECK(check_stop(context_));
        return body_(index);
      });
      if (status.ok()) continue;
      failed_.store(true, std::memory_order_relaxed);
      return std::move(status).error();
    }
    return std::nullopt;
  }

  const Context& context_;
  const std::size_t count_;
  const Body& body_;
  std::atomic<std::size_t> next_ = 0;
  std::atomic<bool> failed_ = false;
  std::mutex mutex_;
  std::condition_variable finished_;
  std::size_t active_ = 0;
  std::optional<Error> error_;
  bool closed_ = false;
};

}  // namespace

Status parallel_for(const Context& context, std::size_t count,
                    const std::function<Status(std::size_t)>& body) {
  const auto loop = std::make_shared<IndexLoop>(context, count, body);
  // The caller works too, so that a call from a pool thread finishes even if the pool is busy.
  const std::size_t helpers =
      std::min<std::size_t>(context.cpu.threads(), count) - (count != 0 ? 1 : 0);
  for (std::size_t i = 0; i < helpers; ++i) context.cpu.submit([loop] { loop->join_in(); });
  loop->join_in();
  return loop->close();
}

Status check_stop(const Context& context) {
  if (context.stop.stop_requested()) return Error(Code::kInterrupted, "interrupted");
  return {};
}

}  // namespace base
}  // namespace cairn
