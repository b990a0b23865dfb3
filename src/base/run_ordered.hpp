// run_ordered: the body of the template declared in cpu_pool.hpp (include that file, not this one).
//
// The caller keeps a queue of slots in input order. Pool threads take the oldest slot nobody
// started; the caller commits the head. If nobody started the head, the caller does it: so a pool
// whose threads are all busy, even with our own caller (a nested run on one thread), can be slow
// but never a deadlock.
#pragma once

#include <algorithm>
#include <exception>
#include <new>
#include <string>
#include <utility>

#include "base/cpu_pool.hpp"

namespace cairn::base {

// Calls `body` and turns an exception, which must not leave a thread, into an Error.
template <typename Body>
auto call_guarded(Body&& body) -> decltype(body()) {
  try {
    return body();
  } catch (const std::bad_alloc&) {
    return Error(Code::kInternal, "out of memory");
  } catch (const std::exception& problem) {
    return Error(Code::kInternal, std::string("unexpected exception: ") + problem.what());
  } catch (...) {
    return Error(Code::kInternal, "unexpected exception");
  }
}

// The slots of one run_ordered call. Shared with the jobs in the pool because a job that gets its
// turn after the call returned must still find a (closed) object; `work` and `context` outlive
// every started slot, as close() waits for them.
template <typename In, typename Out>
class OrderedSlots : public std::enable_shared_from_this<OrderedSlots<In, Out>> {
 public:
  using Work = std::function<Result<Out>(In&)>;
  OrderedSlots(const Context& context, const Work& work) : context_(context), work_(work) {}

  // All public functions but run_one() are for the caller's thread.
  void push(In item) {
    {
      const std::lock_guard lock(mutex_);
      slots_.emplace_back(std::move(item));
      // A job stays queued when the caller did its slot itself, and serves a later slot: at most
      // `window` are queued.
      if (queued_jobs_ >= slots_.size() - started_) return;
      ++queued_jobs_;
    }
    context_.cpu.submit([self = this->shared_from_this()] { self->run_one(); });
  }

  [[nodiscard]] std::size_t size() {
    const std::lock_guard lock(mutex_);
    return slots_.size();
  }

  // True when take_head() would not wait.
  [[nodiscard]] bool head_ready() {
    const std::lock_guard lock(mutex_);
    return error_.has_value() || (!slots_.empty() && slots_.front().result.has_value());
  }

  // Whether one more item does good before the head is committed: nobody waits for the head's
  // result, or some thread of the pool would soon have nothing to start.
  [[nodiscard]] bool wants_more() {
    const std::lock_guard lock(mutex_);
    if (error_) return false;
    if (slots_.empty() || !slots_.front().result) return true;
    return slots_.size() - started_ < context_.cpu.threads();
  }

  // Waits for the oldest result and removes it; the first error of any slot ends the run.
  Result<Out> take_head() {
    std::unique_lock lock(mutex_);
    while (!error_ && !slots_.front().result) {
      if (started_ == 0) {
        start_next(lock);
      } else {
        finished_.wait(lock);
      }
    }
    if (error_) return *error_;
    Result<Out> out = *std::move(slots_.front().result);
    slots_.pop_front();
    --started_;
    return out;
  }

  // Drops what nobody started and waits for what runs.
  void close() {
    std::unique_lock lock(mutex_);
    closed_ = true;
    finished_.wait(lock, [this] { return running_ == 0; });
  }

  void run_one() {
    std::unique_lock lock(mutex_);
    --queued_jobs_;
    if (!closed_ && !error_ && started_ < slots_.size()) start_next(lock);
  }

 private:
  struct Slot {
    explicit Slot(In value) : item(std::move(value)) {}
    In item;
    std::optional<Result<Out>> result;
  };

  // Runs the oldest slot nobody started. A deque keeps references to its other elements valid on
  // push_back and pop_front, and a started slot is not popped before it has its result.
  void start_next(std::unique_lock<std::mutex>& lock) {
    Slot& slot = slots_[started_++];
    ++running_;
    lock.unlock();
    Result<Out> result = call_guarded([&]() -> Result<Out> {
      CAIRN_CHECK(check_stop(context_));
      return work_(slot.item);
    });
    lock.lock();
    --running_;
    if (!result.ok() && !error_) error_ = result.error();
    slot.result.emplace(std::move(result));
    finished_.notify_all();  // under the lock: after close() returns, nothing here may touch what
                             // the caller owns
  }

  const Context& context_;
  const Work& work_;
  std::mutex mutex_;
  std::condition_variable finished_;
  std::deque<Slot> slots_;
  std::size_t started_ = 0;  // slots_[0, started_) have been started
  std::size_t running_ = 0;
  std::size_t queued_jobs_ = 0;
  std::optional<Error> error_;
  bool closed_ = false;
};

template <typename In, typename Out>
Status run_ordered(const Context& context, std::size_t window,
                   const std::function<Result<std::optional<In>>()>& next,
                   const std::function<Result<Out>(In&)>& work,
                   const std::function<Status(Out&)>& commit) {
  const auto slots = std::make_shared<OrderedSlots<In, Out>>(context, work);
  const auto drive = [&]() -> Status {
    const std::size_t limit = std::max<std::size_t>(window, 1);
    for (bool more = true;;) {
      CAIRN_CHECK(check_stop(context));
      const std::size_t waiting = slots->size();
      if (!more && waiting == 0) return {};
      if (more && waiting < limit && slots->wants_more()) {
        CAIRN_TRY(auto item, next());
        more = item.has_value();
        if (more) slots->push(*std::move(item));
        continue;
      }
      CAIRN_TRY(auto out, slots->take_head());
      CAIRN_CHECK(commit(out));
    }
  };
  Status status = call_guarded(drive);
  slots->close();
  return status;
}

}  // namespace cairn::base
