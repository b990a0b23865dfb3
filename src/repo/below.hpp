// Whether a path is a place or inside of it; everything is inside of the top, "".
#pragma once

#include <string>

namespace cairn::repo {

inline bool is_at_or_below(const std::string& path, const std::string& place) {
  return place.empty() || path == place || path.starts_with(place + "/");
}

}  // namespace cairn::repo
