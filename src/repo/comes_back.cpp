#include "repo/comes_back.hpp"

#include <algorithm>

#include "repo/liveness.hpp"
#include "repo/versions.hpp"
#include "workdir/materialise.hpp"

namespace cairn::repo {

namespace {

using Holds = std::function<Result<bool>(const format::ManifestEntry& entry)>;

// Takes those off the list that the folder's version `top` names and `holds` confirms. A list that
// is not here confirms nothing.
Status strike(const ChunkId& top, const format::PageFetch& pages, const Holds& holds,
              const LocalTree& local, std::vector<std::size_t>& nodes) {
  const auto path_of = [&](std::size_t node) -> std::string_view {
    return local.scan.nodes[node].path;
  };
  const auto from = [&](std::string_view path) {
    return std::ranges::lower_bound(nodes, path, {}, path_of);
  };
  std::set<std::size_t> struck;
  const auto leaf = [&](const ChunkId&,
                        const std::vector<format::ManifestEntry>& entries) -> Status {
    auto at = entries.empty() ? nodes.end() : from(entries.front().path);
    for (const auto& entry : entries) {
      while (at != nodes.end() && path_of(*at) < entry.path) ++at;
      if (at == nodes.end()) return {};
      if (path_of(*at) != entry.path || entry.file_id != *local.ids[*at]) continue;
      CAIRN_TRY(const bool held, holds(entry));
      if (held) struck.insert(*at);
    }
    return {};
  };
  const auto on_the_way = [&](std::string_view after, std::string_view upto) {
    auto at = from(after);
    if (at != nodes.end() && path_of(*at) == after) ++at;
    return at != nodes.end() && path_of(*at) <= upto;
  };
  auto walked = format::walk_manifest(top, pages, leaf, on_the_way);
  std::erase_if(nodes, [&](std::size_t node) { return struck.contains(node); });
  if (!walked && walked.error().code() != Code::kMissing) return walked;
  return {};
}

}  // namespace

Result<bool> has_data(const sync::Holdings& here, const format::ManifestEntry& entry) {
  const auto is_here = [&](const format::ChunkRef& chunk) -> Status {
    if (here.has(chunk.id)) return {};
    return Error(Code::kMissing, "not in the store");
  };
  auto walked = workdir::for_each_chunk(entry, here.pages, is_here);
  if (!walked && walked.error().code() != Code::kMissing) return std::move(walked).error();
  return walked.ok();
}

Result<bool> LastCopies::pushed(const Digest& closure) {
  if (!pushed_) {
    CAIRN_TRY(pushed_, pushed_anywhere(repository_));
  }
  return pushed_->contains(closure);
}

Result<const std::vector<Tracked>*> LastCopies::written() {
  if (!written_) {
    CAIRN_TRY(written_, read_versions(repository_));
  }
  return &*written_;
}

// What git knows of, as far as its pointers can be read.
Result<const std::vector<Tracked>*> LastCopies::history() {
  if (!history_) {
    CAIRN_TRY(const auto blobs, repository_.git().pointers_of_everything(kReflogDays));
    CAIRN_TRY(history_, read_pointers(repository_, blobs, BadPointers::kSkip));
  }
  return &*history_;
}

Result<bool> LastCopies::any_comes_back(const std::vector<Tracked>& versions, const Digest& oid) {
  for (const auto& [path, pointer] : versions) {
    if (pointer.kind != format::Pointer::Kind::kFile || pointer.oid != oid) continue;
    CAIRN_TRY(const bool stored, has_data(here_, file_entry(pointer)));
    if (stored) return true;
    const auto closure = pointer.closure_id();
    if (!closure) return true;
    CAIRN_TRY(const bool far, pushed(*closure));
    if (far) return true;
  }
  return false;
}

// A file tracked on its own: the state knows its id, a pointer how it was cut.
Result<bool> LastCopies::file_comes_back(const Digest& oid) {
  if (here_.has(oid.as<ChunkId>())) return true;
  CAIRN_TRY(const auto* mine, written());
  CAIRN_TRY(const bool found, any_comes_back(*mine, oid));
  if (found) return true;
  CAIRN_TRY(const auto* all, history());
  return any_comes_back(*all, oid);
}

// What stayed unchanged since a version that was pushed: `cache prune` may have taken it.
Status LastCopies::strike_pushed(const std::vector<Tracked>& versions, const LocalTree& local,
                                 std::vector<std::size_t>& nodes) {
  const auto any = [](const format::ManifestEntry&) { return Result<bool>(true); };
  std::set<Digest> seen;
  for (const auto& [path, pointer] : versions) {
    if (nodes.empty()) return {};
    if (pointer.kind != format::Pointer::Kind::kFolder || !seen.insert(pointer.oid).second)
      continue;
    CAIRN_TRY(const bool far, pushed(pointer.oid));
    if (far) CAIRN_CHECK(strike(pointer.oid.as<ChunkId>(), here_.pages, any, local, nodes));
  }
  return {};
}

Result<std::vector<std::size_t>> LastCopies::among(const LocalTree& local,
                                                   std::vector<std::size_t> nodes) {
  if (nodes.empty()) return nodes;
  const Digest oid = local.cache.oid();
  CAIRN_TRY(const bool far, pushed(oid));
  if (far) return std::vector<std::size_t>();
  if (local.scan.nodes.front().path.empty()) {
    CAIRN_TRY(const bool back, file_comes_back(oid));
    return back ? std::vector<std::size_t>() : nodes;
  }
  const auto here = [&](const format::ManifestEntry& entry) { return has_data(here_, entry); };
  CAIRN_CHECK(strike(oid.as<ChunkId>(), here_.pages, here, local, nodes));
  if (nodes.empty() || pushed_->empty()) return nodes;
  CAIRN_TRY(const auto* mine, written());
  CAIRN_CHECK(strike_pushed(*mine, local, nodes));
  if (nodes.empty()) return nodes;
  CAIRN_TRY(const auto* all, history());
  CAIRN_CHECK(strike_pushed(*all, local, nodes));
  return nodes;
}

}  // namespace cairn::repo
