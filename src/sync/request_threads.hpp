// RequestThreads: the context of one operation on a remote. Where requests have latency to hide,
// their work runs on threads of its own, as many as the remote wants requests at once: a thread
// that waits for an answer holds no core back.
#pragma once

#include <optional>

#include "base/cpu_pool.hpp"
#include "cairn/context.hpp"
#include "cairn/remote.hpp"

namespace cairn::sync {

class RequestThreads {
 public:
  RequestThreads(const Context& context, const Remote& remote)
      : context_{context.clock,       context.entropy,           context.log,
                 context.progress,    pool_for(context, remote), context.stop,
                 context.memory_bytes} {}
  RequestThreads(const RequestThreads&) = delete;
  RequestThreads& operator=(const RequestThreads&) = delete;

  [[nodiscard]] const Context& context() const { return context_; }

 private:
  CpuPool& pool_for(const Context& context, const Remote& remote) {
    const unsigned wanted = remote.requests_at_once();
    if (wanted <= context.cpu.threads()) return context.cpu;
    return pool_.emplace(wanted);
  }

  std::optional<CpuPool> pool_;  // before the context that names it
  Context context_;
};

}  // namespace cairn::sync
