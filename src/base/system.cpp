#include "base/system.hpp"

#include <chrono>

#include <sys/random.h>

#include "base/assert.hpp"
#include "base/retry_eintr.hpp"

namespace cairn::base {

std::int64_t SystemClock::now_ms() {
  const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(since_epoch).count();
}

void SystemEntropy::fill(std::span<std::uint8_t> out) {
  while (!out.empty()) {
    const auto count = retry_eintr([&] { return ::getrandom(out.data(), out.size(), 0); });
    CAIRN_ASSERT(
        count >
        0);  // every kernel we run on has getrandom; going on without randomness would be worse
    out = out.subspan(static_cast<std::size_t>(count));
  }
}

}  // namespace cairn::base
