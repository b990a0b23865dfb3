// Paths at and below a place.
#pragma once

#include <string>
#include <string_view>

namespace cairn::repo {

// The path of what stands at `inside` of a tracked path; "" is that path itself.
inline std::string path_below(const std::string& tracked, std::string_view inside) {
  return inside.empty() ? tracked : tracked + "/" + std::string(inside);
}

// Whether a path is a place or inside of it; everything is inside of the top, "".
inline bool is_at_or_below(const std::string& path, const std::string& place) {
  return place.empty() || path == place || path.starts_with(place + "/");
}

}  // namespace cairn::repo
