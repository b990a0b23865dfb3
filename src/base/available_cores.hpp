// How many CPU cores this process may use: the affinity mask, capped by the CPU quota of its cgroup
// (v2).
#pragma once

#include <optional>
#include <string_view>

namespace cairn::base {

// At least 1. Files that are absent or unreadable cap nothing.
unsigned available_cores();

// Cores granted by a `cpu.max` file ("150000 100000" is 2: rounded up); nothing for "max" or text
// of another form.
std::optional<unsigned> cores_of_cpu_max(std::string_view text);

}  // namespace cairn::base
