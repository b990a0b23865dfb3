#include "repo/typed_place.hpp"

#include <filesystem>

#include "base/file.hpp"

namespace cairn::repo {

std::string typed_place(const std::string& directory, const std::string& url) {
  if (url.starts_with('/') || url.find("://") != std::string::npos) return url;
  auto joined = base::join(directory, url);
  std::error_code unknown;
  auto place = std::filesystem::weakly_canonical(joined, unknown).lexically_normal().string();
  if (unknown) return joined;
  while (place.size() > 1 && place.ends_with('/')) place.pop_back();
  return place;
}

}  // namespace cairn::repo
