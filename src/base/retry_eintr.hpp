// retry_eintr: repeats a system call that a signal interrupted. Never for close(), which has freed
// the descriptor.
#pragma once

#include <cerrno>

namespace cairn::base {

template <typename Call>
auto retry_eintr(Call call) -> decltype(call()) {
  for (;;) {
    const auto result = call();
    if (result != -1 || errno != EINTR) return result;
  }
}

}  // namespace cairn::base
