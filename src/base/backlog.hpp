// Backlog: work that follows behind, on the pool, while its caller goes on. Bounded: what finds no
// room is done by the caller. The first error is kept, and ends what was not begun.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>

#include "base/cpu_pool.hpp"

namespace cairn::base {

class Backlog {
 public:
  // `bytes`: of the buffers that waiting jobs may hold. The pool outlives it.
  Backlog(CpuPool& pool, std::size_t bytes);
  ~Backlog();  // waits
  Backlog(const Backlog&) = delete;
  Backlog& operator=(const Backlog&) = delete;

  // Jobs run in any order. An error of an earlier one, or of this one when it was done at once.
  Status add(std::size_t bytes, std::function<Status()> job);
  // Everything that was added is done.
  Status drain();

 private:
  struct State {
    std::mutex mutex;
    std::condition_variable done;
    std::size_t bytes = 0;  // of jobs that are not done
    std::size_t jobs = 0;
    std::optional<Error> error;

    Status failure() const { return error ? Status(*error) : Status(); }
  };
  static void run(State& state, std::size_t bytes, const std::function<Status()>& job);

  CpuPool& pool_;
  const std::size_t bytes_;
  const std::shared_ptr<State> state_ = std::make_shared<State>();
};

}  // namespace cairn::base
