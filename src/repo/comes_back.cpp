#include "repo/comes_back.hpp"

#include <algorithm>

#include "repo/liveness.hpp"
#include "repo/versions.hpp"
#include "workdir/materialise.hpp"

namespace cairn::repo {

namespace {

class LastCopies {
 public:
  LastCopies(const Repository& repository, const sync::Holdings& here, const LocalTree& local,
             std::vector<std::size_t> nodes)
      : repository_(repository), here_(here), local_(local), nodes_(std::move(nodes)) {}

  Result<std::vector<std::size_t>> find() {
    if (nodes_.empty()) return std::move(nodes_);
    CAIRN_TRY(pushed_, pushed_anywhere(repository_));
    const auto& oid = local_.cache.oid();
    if (pushed_.contains(oid)) return std::vector<std::size_t>();
    if (local_.scan.nodes.front().path.empty()) {
      CAIRN_CHECK(look_for_file(oid));
    } else {
      CAIRN_CHECK(
          strike(oid.as<ChunkId>(), [&](const auto& entry) { return has_data(here_, entry); }));
      CAIRN_CHECK(look_in_pushed());
    }
    return std::move(nodes_);
  }

 private:
  using Holds = std::function<Result<bool>(const format::ManifestEntry& entry)>;

  [[nodiscard]] std::string_view path_of(std::size_t node) const {
    return local_.scan.nodes[node].path;
  }

  // Every version that is known of, as far as its pointer can be read. Only asked for when the
  // version at hand does not answer.
  [[nodiscard]] Result<std::vector<Tracked>> versions() const {
    CAIRN_TRY(auto out, read_versions(repository_));
    CAIRN_TRY(const auto blobs, repository_.git().pointers_of_everything(kReflogDays));
    CAIRN_TRY(auto history, read_pointers(repository_, blobs, BadPointers::kSkip));
    std::ranges::move(history, std::back_inserter(out));
    return out;
  }

  // A file tracked on its own: the state knows its id, a pointer how it was cut.
  Status look_for_file(const Digest& oid) {
    if (here_.has(oid.as<ChunkId>())) nodes_.clear();
    if (nodes_.empty()) return {};
    CAIRN_TRY(const auto known, versions());
    for (const auto& [path, pointer] : known) {
      if (pointer.kind != format::Pointer::Kind::kFile || pointer.oid != oid) continue;
      const auto closure = pointer.closure_id();
      CAIRN_TRY(const bool stored, has_data(here_, file_entry(pointer)));
      if (!stored && closure && !pushed_.contains(*closure)) continue;
      nodes_.clear();
      return {};
    }
    return {};
  }

  // What stayed unchanged since a version that was pushed: `cache prune` may have taken it.
  Status look_in_pushed() {
    if (nodes_.empty() || pushed_.empty()) return {};
    CAIRN_TRY(const auto known, versions());
    std::set<Digest> seen;
    for (const auto& [path, pointer] : known) {
      if (nodes_.empty()) return {};
      const bool folder = pointer.kind == format::Pointer::Kind::kFolder;
      if (!folder || !pushed_.contains(pointer.oid) || !seen.insert(pointer.oid).second) continue;
      CAIRN_CHECK(
          strike(pointer.oid.as<ChunkId>(), [](const auto&) { return Result<bool>(true); }));
    }
    return {};
  }

  // Takes those off the list that the folder's version `top` names and `holds` confirms. A list
  // that is not here confirms nothing.
  Status strike(const ChunkId& top, const Holds& holds) {
    const auto from = [&](std::string_view path) {
      return std::ranges::lower_bound(nodes_, path, {}, [&](auto node) { return path_of(node); });
    };
    std::set<std::size_t> struck;
    const auto leaf = [&](const ChunkId&,
                          const std::vector<format::ManifestEntry>& entries) -> Status {
      auto at = entries.empty() ? nodes_.end() : from(entries.front().path);
      for (const auto& entry : entries) {
        while (at != nodes_.end() && path_of(*at) < entry.path) ++at;
        if (at == nodes_.end()) return {};
        if (path_of(*at) != entry.path || entry.file_id != *local_.ids[*at]) continue;
        CAIRN_TRY(const bool held, holds(entry));
        if (held) struck.insert(*at);
      }
      return {};
    };
    const auto on_the_way = [&](std::string_view after, std::string_view upto) {
      auto at = from(after);
      if (at != nodes_.end() && path_of(*at) == after) ++at;
      return at != nodes_.end() && path_of(*at) <= upto;
    };
    auto walked = format::walk_manifest(top, here_.pages, leaf, on_the_way);
    std::erase_if(nodes_, [&](std::size_t node) { return struck.contains(node); });
    if (!walked && walked.error().code() != Code::kMissing) return walked;
    return {};
  }

  const Repository& repository_;
  const sync::Holdings& here_;
  const LocalTree& local_;
  std::vector<std::size_t> nodes_;
  std::set<Digest> pushed_;
};

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

Result<std::vector<std::size_t>> last_copies(const Repository& repository,
                                             const sync::Holdings& here, const LocalTree& local,
                                             std::vector<std::size_t> nodes) {
  return LastCopies(repository, here, local, std::move(nodes)).find();
}

}  // namespace cairn::repo
