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

// Whether `is_it` says yes to a path or to a folder above it; the deepest first.
template <typename IsIt>
bool any_at_or_above(std::string_view path, IsIt&& is_it) {
  for (auto end = path.size(); end != 0 && end != std::string_view::npos;
       end = path.rfind('/', end - 1)) {
    if (is_it(path.substr(0, end))) return true;
  }
  return false;
}

}  // namespace cairn::repo
