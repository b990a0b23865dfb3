#include "repo/tree_plan.hpp"

#include <algorithm>

namespace cairn::repo {

namespace {

std::string full_path(const std::string& tracked, const std::string& inside) {
  return inside.empty() ? tracked : tracked + "/" + inside;
}

// Walks the stat cache beside sorted paths.
class CacheCursor {
 public:
  explicit CacheCursor(const workdir::StatCache& cache) : cache_(cache) {}
  std::optional<FileId> id_at(std::string_view path) {
    while (at_ < cache_.size() && cache_.path(at_) < path) ++at_;
    if (at_ < cache_.size() && cache_.path(at_) == path) return cache_.id(at_);
    return std::nullopt;
  }

 private:
  const workdir::StatCache& cache_;
  std::size_t at_ = 0;
};

void note_going(const LocalTree& local, std::size_t i, TreePlan& plan) {
  const auto& node = local.scan.nodes[i];
  if (node.type == workdir::NodeType::kFile && node.stat.size > 0) plan.going.push_back(i);
}

}  // namespace

bool same_node(const workdir::ScannedNode& node, const FileId& id,
               const format::ManifestEntry& entry) {
  if (entry_type(node.type) != entry.type) return false;
  switch (entry.type) {
    case format::EntryType::kLink:
      return id == link_id(entry.target);
    case format::EntryType::kEmptyFolder:
      return true;
    case format::EntryType::kFile:
      break;
  }
  return id == entry.file_id && executable(node.stat) == entry.executable;
}

bool is_up_to_date(const format::Pointer& pointer, const LocalTree& local) {
  if (!local.cache.exists() || local.cache.oid() != pointer.oid || local.cache.partial() ||
      !local.present)
    return false;
  if (!local.dangling.empty()) return false;
  const bool all_known =
      std::ranges::all_of(local.ids, [](const auto& id) { return id.has_value(); });
  if (!all_known || local.ids.size() != local.cache.size()) return false;
  const bool file = pointer.kind == format::Pointer::Kind::kFile;
  return !file || executable(local.scan.nodes.front().stat) == pointer.executable;
}

TreePlan plan_tree(const std::string& tracked, std::vector<format::ManifestEntry> wanted,
                   const LocalTree& local, const Wants& wants, const Recoverable& recoverable) {
  TreePlan plan;
  plan.writes.reserve(wanted.size());  // growing, it would be there twice
  CacheCursor cache(local.cache);
  const auto& nodes = local.scan.nodes;
  std::size_t n = 0;
  // A node that the version does not have: of the older version and unmodified, it goes; otherwise
  // it is the user's.
  const auto extra = [&](std::size_t i) {
    const auto known = cache.id_at(nodes[i].path);
    const auto path = full_path(tracked, nodes[i].path);
    if (!known) {
      ++plan.untracked_kept;
    } else if (!wants(path)) {
      ++plan.unwanted;
    } else if (*known == *local.ids[i] || recoverable(*local.ids[i], nodes[i].stat.size)) {
      plan.remove.push_back(path);
      if (*known == *local.ids[i]) note_going(local, i, plan);
    } else {
      plan.conflicts.push_back(path);
    }
  };
  for (auto& entry : wanted) {
    while (n < nodes.size() && nodes[n].path < entry.path) extra(n++);
    const bool here = n < nodes.size() && nodes[n].path == entry.path;
    const auto path = full_path(tracked, entry.path);
    if (here && same_node(nodes[n], *local.ids[n], entry)) {
      plan.kept.push_back({entry.path, nodes[n].stat, *local.ids[n]});
      ++plan.unchanged;
    } else if (!wants(path)) {
      ++plan.unwanted;
    } else {
      const auto known = here ? cache.id_at(entry.path) : std::nullopt;
      const bool same_bytes =
          here && nodes[n].type == workdir::NodeType::kFile && *local.ids[n] == entry.file_id;
      const bool safe = !here || same_bytes || (known && *known == *local.ids[n]) ||
                        recoverable(*local.ids[n], nodes[n].stat.size);
      if (!safe) plan.conflicts.push_back(path);
      if (known && *known == *local.ids[n] && !same_bytes) note_going(local, n, plan);
      plan.writes.push_back({path, std::move(entry)});
    }
    if (here) ++n;
  }
  while (n < nodes.size()) extra(n++);
  return plan;
}

}  // namespace cairn::repo
