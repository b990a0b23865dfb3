#include "base/backlog.hpp"

#include <utility>

namespace cairn::base {

Backlog::Backlog(CpuPool& pool, std::size_t bytes) : pool_(pool), bytes_(bytes) {}

Backlog::~Backlog() { (void)drain(); }

Status Backlog::add(std::size_t bytes, std::function<Status()> job) {
  {
    const std::lock_guard lock(state_->mutex);
    CAIRN_CHECK(state_->failure());
    const bool room = state_->bytes + bytes <= bytes_;
    if (room) {
      state_->bytes += bytes;
      ++state_->jobs;
      pool_.submit([state = state_, bytes, job = std::move(job)] { run(*state, bytes, job); });
      return {};
    }
  }
  return call_guarded(job);
}

void Backlog::run(State& state, std::size_t bytes, const std::function<Status()>& job) {
  std::unique_lock lock(state.mutex);
  if (!state.error) {
    lock.unlock();
    Status status = call_guarded(job);
    lock.lock();
    if (!status.ok() && !state.error) state.error = std::move(status).error();
  }
  state.bytes -= bytes;
  if (--state.jobs == 0) state.done.notify_all();
}

Status Backlog::drain() {
  std::unique_lock lock(state_->mutex);
  state_->done.wait(lock, [&] { return state_->jobs == 0; });
  return state_->failure();
}

}  // namespace cairn::base
