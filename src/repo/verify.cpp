// verify: hashes the work tree again, whatever the stamps say, and compares it with the pointers.
#include <algorithm>

#include "base/text.hpp"
#include "repo/materialise_plan.hpp"
#include "repo/operations.hpp"
#include "repo/outside.hpp"
#include "repo/tree_plan.hpp"
#include "repo/work_tree.hpp"

namespace cairn::repo {

namespace {

// Forgets stamps, so that everything (or a share of it, at even distance) is read; the rest is left
// out of the comparison.
std::vector<bool> choose_sample(const Selected& item, LocalTree& local, double share) {
  std::vector<bool> chosen(local.ids.size());
  double due = 0;
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    if (!item.covers(local.full_path(item.tracked.path, i))) continue;
    due += share;
    chosen[i] = due >= 1.0;
    if (!chosen[i]) continue;
    due -= 1.0;
    local.ids[i].reset();
  }
  return chosen;
}

void compare(const std::string& tracked, const std::vector<format::ManifestEntry>& entries,
             const LocalTree& local, const std::vector<bool>& chosen, VerifyReport& report) {
  const auto& nodes = local.scan.nodes;
  std::size_t n = 0, hint = 0;
  const bool partial = !local.cache.exists() || local.cache.partial();
  const auto path_of = [&](const std::string& inside) {
    return inside.empty() ? tracked : tracked + "/" + inside;
  };
  for (const auto& entry : entries) {
    for (; n < nodes.size() && nodes[n].path < entry.path; ++n) {
      report.wrong.push_back({FileChange::Kind::kAdded, path_of(nodes[n].path)});
    }
    if (n == nodes.size() || nodes[n].path != entry.path) {
      const bool never_here = partial && !local.cache.knows(entry.path, hint);
      if (!never_here) report.wrong.push_back({FileChange::Kind::kRemoved, path_of(entry.path)});
      continue;
    }
    if (chosen[n]) {
      ++report.files;
      report.bytes += nodes[n].stat.size;
      const bool same = same_node(nodes[n], *local.ids[n], entry);
      if (!same) report.wrong.push_back({FileChange::Kind::kModified, path_of(entry.path)});
    }
    ++n;
  }
  for (; n < nodes.size(); ++n)
    report.wrong.push_back({FileChange::Kind::kAdded, path_of(nodes[n].path)});
}

// The list of the version, or nothing where only the files came (pull --no-store).
Result<std::optional<std::vector<format::ManifestEntry>>> list_of(const Context& context,
                                                                  Repository& repository,
                                                                  const Tracked& tracked,
                                                                  const LocalTree& local) {
  using Entries = std::vector<format::ManifestEntry>;
  const auto load = [&]() -> Result<Entries> {
    CAIRN_TRY(auto* store, repository.store(context, store::Store::Access::kRead));
    return load_entries(tracked.pointer, store::page_fetch(*store));
  };
  auto entries = load();
  if (entries.ok()) return std::optional(*std::move(entries));
  const bool noted = local.cache.exists() && local.cache.oid() == tracked.pointer.oid;
  if (noted && entries.error().code() == Code::kMissing) return std::optional<Entries>();
  return not_here(std::move(entries).error(), tracked.path);
}

// Against the ids that were noted when the files of this version were written.
void compare_with_state(const std::string& tracked, const LocalTree& local,
                        const std::vector<bool>& chosen, VerifyReport& report) {
  const auto path_of = [&](std::string_view inside) {
    return inside.empty() ? tracked : tracked + "/" + std::string(inside);
  };
  const auto& nodes = local.scan.nodes;
  std::size_t at = 0;
  for (std::size_t n = 0; n < nodes.size(); ++n) {
    for (; at < local.cache.size() && local.cache.path(at) < nodes[n].path; ++at)
      report.wrong.push_back({FileChange::Kind::kRemoved, path_of(local.cache.path(at))});
    if (at == local.cache.size() || local.cache.path(at) != nodes[n].path) {
      report.wrong.push_back({FileChange::Kind::kAdded, path_of(nodes[n].path)});
      continue;
    }
    if (chosen[n]) {
      ++report.files;
      report.bytes += nodes[n].stat.size;
      if (*local.ids[n] != local.cache.id(at))
        report.wrong.push_back({FileChange::Kind::kModified, path_of(nodes[n].path)});
    }
    ++at;
  }
  for (; at < local.cache.size(); ++at)
    report.wrong.push_back({FileChange::Kind::kRemoved, path_of(local.cache.path(at))});
}

}  // namespace

Result<VerifyReport> verify(const Context& context, Repository& repository,
                            const std::vector<std::string>& typed, double share) {
  CAIRN_CHECK(require_work_tree(repository));
  CAIRN_TRY(const auto paths, repository.resolve_arguments(typed));
  CAIRN_TRY(const auto tracked, repository.tracked_for(paths));
  CAIRN_TRY(auto selected, select(tracked, paths));
  CAIRN_TRY(const auto outside, OutsidePaths::read(repository));
  CAIRN_CHECK(outside.leave_alone({}, selected));
  VerifyReport report;
  for (const auto& item : selected) {
    const auto before = report.wrong.size();
    CAIRN_TRY(auto local, read_local_tree(context, repository, item.tracked.path));
    if (!local.present && !local.cache.exists()) continue;  // never was here
    CAIRN_TRY(const auto entries, list_of(context, repository, item.tracked, local));
    const auto chosen = choose_sample(item, local, share);
    if (entries) CAIRN_CHECK(require_places(item, *entries));
    CAIRN_CHECK(hash_unknown(context, repository, item.tracked.path, local));
    if (entries) {
      compare(item.tracked.path, *entries, local, chosen, report);
    } else {
      compare_with_state(item.tracked.path, local, chosen, report);
    }
    const auto elsewhere = [&](const FileChange& wrong) { return !item.covers(wrong.path); };
    report.wrong.erase(std::remove_if(report.wrong.begin() + static_cast<std::ptrdiff_t>(before),
                                      report.wrong.end(), elsewhere),
                       report.wrong.end());
  }
  return report;
}

}  // namespace cairn::repo
