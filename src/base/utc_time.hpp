// Times for people and for files that others read.
#pragma once

#include <cstdint>
#include <string>

namespace cairn::base {

// Seconds since 1970 as "2026-11-22T10:00:00Z".
std::string utc_time(std::int64_t seconds);

}  // namespace cairn::base
