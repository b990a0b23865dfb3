#include "base/utc_time.hpp"

#include <ctime>

namespace cairn::base {

std::string utc_time(std::int64_t seconds) {
  const std::time_t time = seconds;
  std::tm parts{};
  char text[32] = {};
  if (::gmtime_r(&time, &parts) == nullptr) return "";
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

}  // namespace cairn::base
