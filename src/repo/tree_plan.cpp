#include "repo/tree_plan.hpp"

#include <algorithm>

#include "repo/below.hpp"

namespace cairn::repo {

namespace {

constexpr std::uint64_t kMostExpected = 100'000;

void note_going(const LocalTree& local, std::size_t i, TreePlan& plan) {
  const auto& node = local.scan.nodes[i];
  if (node.type == workdir::NodeType::kFile && node.stat.size > 0) plan.going.push_back(i);
}

}  // namespace

NodeKey node_key(const format::ManifestEntry& entry) {
  return {state_id(entry), entry.type, entry.executable};
}

bool same_node(const workdir::ScannedNode& node, const FileId& id, const NodeKey& entry) {
  if (entry_type(node.type) != entry.type) return false;
  if (entry.type == format::EntryType::kEmptyFolder) return true;
  const bool file = entry.type == format::EntryType::kFile;
  return id == entry.id && (!file || executable(node.stat) == entry.executable);
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

TreePlanner::TreePlanner(std::string tracked, const LocalTree& local, PlanRules rules)
    : tracked_(std::move(tracked)), local_(local), rules_(std::move(rules)) {}

// Paths that are asked for ascend, so the stat cache is walked beside them.
std::optional<FileId> TreePlanner::known_at(std::string_view inside) {
  const auto& cache = local_.cache;
  while (cached_ < cache.size() && cache.path(cached_) < inside) ++cached_;
  if (cached_ < cache.size() && cache.path(cached_) == inside) return cache.id(cached_);
  return std::nullopt;
}

// A node that the version does not have: of the older version and unmodified, it goes; otherwise it
// is the user's.
void TreePlanner::add_extra(std::size_t i) {
  const auto& node = local_.scan.nodes[i];
  const auto& id = *local_.ids[i];
  const auto known = known_at(node.path);
  const auto path = path_below(tracked_, node.path);
  if (!known) {
    ++plan_.untracked_kept;
  } else if (!rules_.wants(path)) {
    ++plan_.unwanted;
  } else if (*known == id || rules_.recoverable(id, node.stat.size)) {
    plan_.remove.push_back(path);
    if (*known == id) note_going(local_, i, plan_);
  } else {
    plan_.conflicts.push_back(path);
  }
}

// A pointer may lie about it: what it claims is no reason for more than some memory.
void TreePlanner::expect(std::uint64_t entries) {
  if (local_.scan.nodes.empty()) plan_.writes.reserve(std::min(entries, kMostExpected));
}

Status TreePlanner::add(const format::ManifestEntry& entry) {
  const auto& nodes = local_.scan.nodes;
  while (node_ < nodes.size() && nodes[node_].path < entry.path) add_extra(node_++);
  const bool here = node_ < nodes.size() && nodes[node_].path == entry.path;
  const std::size_t n = here ? node_++ : node_;
  const auto path = path_below(tracked_, entry.path);
  if (here && same_node(nodes[n], *local_.ids[n], node_key(entry))) {
    if (rules_.has_form && rules_.wants(path)) {
      CAIRN_TRY(const bool fine, rules_.has_form(n));
      if (!fine) {
        plan_.writes.push_back(workdir::write_item(path, entry));
        return {};
      }
    }
    plan_.kept.push_back({entry.path, nodes[n].stat, *local_.ids[n]});
    ++plan_.unchanged;
    return {};
  }
  if (!rules_.wants(path)) {
    ++plan_.unwanted;
    return {};
  }
  if (here) {
    const auto& id = *local_.ids[n];
    const auto known = known_at(entry.path);
    const bool unmodified = known && *known == id;
    const bool same_bytes = nodes[n].type == workdir::NodeType::kFile && id == entry.file_id;
    if (!same_bytes && !unmodified && !rules_.recoverable(id, nodes[n].stat.size))
      plan_.conflicts.push_back(path);
    if (unmodified && !same_bytes) note_going(local_, n, plan_);
  }
  plan_.writes.push_back(workdir::write_item(path, entry));
  return {};
}

TreePlan TreePlanner::finish() {
  while (node_ < local_.scan.nodes.size()) add_extra(node_++);
  return std::move(plan_);
}

}  // namespace cairn::repo
