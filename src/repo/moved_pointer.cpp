#include "repo/moved_pointer.hpp"

#include <algorithm>
#include <unordered_set>

#include "base/file.hpp"
#include "repo/versions.hpp"

namespace cairn::repo {

namespace {

using format::Pointer;

constexpr double kSamePart = 0.5;  // as git: half of it makes a rename

Result<double> shared_files(const Pointer& before, const Pointer& after,
                            const format::PageFetch& pages) {
  std::uint64_t other = 0;  // entries of `after` that `before` does not have so
  const auto visit = [&](const format::ManifestChange& change) -> Status {
    other += change.after != nullptr && change.after->type == format::EntryType::kFile;
    return {};
  };
  CAIRN_CHECK(
      format::diff_manifests(before.oid.as<ChunkId>(), after.oid.as<ChunkId>(), pages, visit));
  const auto larger = std::max(before.files, after.files);
  if (larger == 0) return 0.0;
  return static_cast<double>(after.files - std::min(other, after.files)) /
         static_cast<double>(larger);
}

Result<double> shared_bytes(const Pointer& before, const Pointer& after,
                            const format::PageFetch& pages) {
  std::unordered_set<ChunkId> chunks;
  std::uint64_t shared = 0;
  const auto collect = [&](const ChunkId&, const std::vector<format::ChunkRef>& refs) -> Status {
    for (const auto& ref : refs) chunks.insert(ref.id);
    return {};
  };
  const auto count = [&](const ChunkId&, const std::vector<format::ChunkRef>& refs) -> Status {
    for (const auto& ref : refs) shared += chunks.contains(ref.id) ? ref.length : 0;
    return {};
  };
  CAIRN_CHECK(format::walk_recipe(before.tree->as<ChunkId>(), pages, collect));
  CAIRN_CHECK(format::walk_recipe(after.tree->as<ChunkId>(), pages, count));
  return static_cast<double>(shared) /
         static_cast<double>(std::max({before.size_bytes, after.size_bytes, std::uint64_t{1}}));
}

}  // namespace

Result<double> shared_part(const Pointer& before, const Pointer& after,
                           const format::PageFetch& pages) {
  if (before == after) return 1.0;
  if (before.kind != after.kind) return 0.0;
  if (before.kind == Pointer::Kind::kFolder) return shared_files(before, after, pages);
  if (before.oid == after.oid) return 1.0;
  if (!before.tree || !after.tree) return 0.0;
  return shared_bytes(before, after, pages);
}

Result<std::optional<MovedPointer>> moved_pointer(const Repository& repository,
                                                  const format::PageFetch& pages,
                                                  const std::string& commit,
                                                  const std::string& tracked,
                                                  const std::string& blob) {
  std::optional<MovedPointer> best;
  const auto& git = repository.git();
  const auto parent = git.resolve_commit(commit + "^1");
  if (!parent) return best;  // the first commit, or the first of a shallow clone
  CAIRN_TRY(auto changes, git.pointer_changes(*parent, commit));
  std::erase_if(changes, [](const auto& change) { return !change.after.empty(); });
  if (changes.empty()) return best;
  CAIRN_TRY(const auto brought, pointer_of_blob(repository, blob));
  if (!brought) return best;
  double best_part = 0;
  for (const auto& change : changes) {
    const auto path = path_of_pointer(change.path);
    CAIRN_TRY(const auto gone, pointer_of_blob(repository, change.before));
    if (!gone) continue;
    const auto part = shared_part(*gone, *brought, pages);
    if (!part && part.error().code() != Code::kMissing) return part.error();
    if (!part || *part < kSamePart || *part < best_part) continue;
    const bool same_name = base::name_of(path) == base::name_of(tracked);
    if (best && *part == best_part && !same_name) continue;
    best = MovedPointer{path, change.before};
    best_part = *part;
  }
  return best;
}

}  // namespace cairn::repo
