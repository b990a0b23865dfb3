#include "sync/missing_files.hpp"

#include "base/file.hpp"

namespace cairn::sync {
namespace {

class MissingSearch {
 public:
  MissingSearch(const PlanInputs& inputs, const Plan& plan)
      : plan_(plan), fetch_(plan_page_fetch(inputs, plan)) {}

  Result<bool> is_incomplete(const format::ManifestEntry& entry) {
    if (entry.has_recipe) return recipe_is_incomplete(entry.recipe);
    std::vector<format::ChunkRef> chunks;
    append_chunks(entry, chunks);
    for (const format::ChunkRef& chunk : chunks) {
      if (is_missing(chunk.id)) return true;
    }
    return false;
  }

  [[nodiscard]] const format::PageFetch& fetch() const { return fetch_; }

 private:
  // A chunk that the plan does not know stands on the remote, in a leaf that is reused.
  [[nodiscard]] bool is_missing(const ChunkId& id) const {
    const std::uint32_t chunk = plan_.chunks.find(id);
    return chunk != kNone && plan_.chunks[chunk].record == kNone;
  }

  Result<bool> recipe_is_incomplete(const ChunkId& recipe) {
    bool missing = false;
    const auto visit = [&](const ChunkId&, const std::vector<format::ChunkRef>& chunks) -> Status {
      for (const format::ChunkRef& chunk : chunks) missing |= is_missing(chunk.id);
      return {};
    };
    const auto walked = format::walk_recipe(recipe, fetch_, visit);
    if (walked.ok()) return missing;
    const Code code = walked.error().code();
    if (code == Code::kMissing || code == Code::kCorrupt) return true;
    return walked.error();
  }

  const Plan& plan_;
  format::PageFetch fetch_;
};

}  // namespace

Result<std::vector<std::string>> missing_files(const PlanInputs& inputs, const Plan& plan,
                                               const PlanVersion& version, std::size_t limit) {
  const std::string& path = version.asked->path;
  if (version.kind != format::ClosureKind::kManifest) return std::vector<std::string>{path};
  MissingSearch search(inputs, plan);
  std::vector<std::string> names;
  const auto visit = [&](const ChunkId&,
                         const std::vector<format::ManifestEntry>& entries) -> Status {
    for (const format::ManifestEntry& entry : entries) {
      if (names.size() == limit) return {};
      CAIRN_TRY(const bool incomplete, search.is_incomplete(entry));
      if (incomplete) names.push_back(base::join(path, entry.path));
    }
    return {};
  };
  const Status walked = format::walk_manifest(version.closure.as<ChunkId>(), search.fetch(), visit);
  if (!walked.ok()) {
    const Code code = walked.error().code();
    if (code != Code::kMissing && code != Code::kCorrupt) return walked.error();
  }
  if (names.empty()) names.push_back(path);
  return names;
}

}  // namespace cairn::sync
