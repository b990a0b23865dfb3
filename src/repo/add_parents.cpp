#include "repo/add_parents.hpp"

#include <algorithm>

namespace cairn::repo {
namespace {

constexpr std::size_t kMostParents = std::size_t{1} << 16;  // about 40 MB when all have 16 chunks
constexpr std::uint64_t kSiblingSizePart = 64;

std::string_view ending_of(std::string_view name) { return name.substr(name.rfind('.') + 1); }

}  // namespace

store::FileVersion version_of(const format::ManifestEntry& entry) {
  store::FileVersion version{entry.size_bytes, entry.file_id, entry.chunks, std::nullopt};
  if (entry.has_recipe) version.recipe = entry.recipe;
  return version;
}

store::FileVersion version_of(const format::Pointer& file) {
  return {file.size_bytes, file.oid.as<FileId>(), {}, file.tree};
}

bool is_sibling(const format::ManifestEntry& entry, const std::string& path,
                std::uint64_t size_bytes) {
  const auto folder = path.rfind('/') + 1;  // its length, 0 at the top
  if (entry.path.compare(0, folder, path, 0, folder) != 0) return false;
  if (entry.path.find('/', folder) != std::string::npos) return false;
  const std::uint64_t difference =
      std::max(entry.size_bytes, size_bytes) - std::min(entry.size_bytes, size_bytes);
  return ending_of(entry.path) == ending_of(path) && difference <= size_bytes / kSiblingSizePart;
}

void Parents::note(std::size_t read, std::uint64_t size_bytes, store::FileVersion version) {
  if (size_bytes <= kParentWorthBytes || version.size_bytes == 0) return;
  if (parents_.size() < kMostParents) parents_.push_back({read, std::move(version)});
}

const store::FileVersion* Parents::of(std::size_t read) const {
  const auto at = std::ranges::lower_bound(parents_, read, {}, &Parent::read);
  return at != parents_.end() && at->read == read ? &at->version : nullptr;
}

}  // namespace cairn::repo
