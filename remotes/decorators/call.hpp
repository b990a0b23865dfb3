// One request to a remote, as the decorators see it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace cairn::remotes {

enum class CallKind : std::uint8_t { kNow, kStat, kGet, kGetRange, kPut, kList, kRemove };
inline constexpr std::size_t kCallKinds = 7;

constexpr std::string_view call_name(CallKind kind) {
  constexpr std::string_view kNames[kCallKinds] = {"now", "stat", "get",   "get_range",
                                                   "put", "list", "remove"};
  return kNames[static_cast<std::size_t>(kind)];
}

struct Call {
  CallKind kind = CallKind::kNow;
  std::string key;           // or prefix; empty for now
  std::uint64_t offset = 0;  // get_range
  std::uint64_t bytes = 0;   // get_range, put: size asked for
  std::uint64_t number = 0;  // 0 for the first call that this decorator saw
};

}  // namespace cairn::remotes
