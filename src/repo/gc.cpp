// gc: what no version needs, older than the grace period, leaves the local store. Dry run unless
// `apply`.
#include <algorithm>
#include <set>

#include "repo/liveness.hpp"
#include "repo/operations.hpp"
#include "repo/projects.hpp"
#include "repo/tree_state.hpp"
#include "store/check.hpp"

namespace cairn::repo {

namespace {

constexpr int kSweepLockMs = 60'000;

// Versions once written here that nothing refers to any more: kept while no remote confirmed them.
Result<std::vector<Tracked>> unpushed_versions(const Repository& repository,
                                               const std::vector<Tracked>& reachable) {
  std::set<Digest> known;
  for (const auto& version : reachable) known.insert(*version.pointer.closure_id());
  CAIRN_TRY(const auto pushed, pushed_anywhere(repository));
  known.insert(pushed.begin(), pushed.end());
  CAIRN_TRY(const auto written, read_versions(repository));
  std::vector<Tracked> out;
  for (const auto& version : written) {
    const auto id = version.pointer.closure_id();
    if (id && known.insert(*id).second) out.push_back(version);
  }
  return out;
}

}  // namespace

Result<GcReport> gc(const Context& context, Repository& repository, const GcOptions& options) {
  CAIRN_TRY(auto* store, repository.store(context, store::Store::Access::kWrite));
  GcReport report;
  CAIRN_TRY(const auto noted, noted_roots(repository));
  CAIRN_TRY(auto reachable, all_versions(repository));
  CAIRN_TRY(const auto others, versions_of_others(context, repository));
  std::unordered_set<ChunkId> live;
  for (const auto& version : reachable) CAIRN_CHECK(collect_chunks(*store, version, live));
  for (const auto& version : others) CAIRN_CHECK(collect_chunks(*store, version, live));
  report.versions_kept = reachable.size();
  report.others_kept = others.size();
  if (!options.allow_unpushed) {
    CAIRN_TRY(const auto unpushed, unpushed_versions(repository, reachable));
    for (const auto& version : unpushed) CAIRN_CHECK(collect_chunks(*store, version, live));
    reachable.insert(reachable.end(), unpushed.begin(), unpushed.end());
    report.unpushed_kept = unpushed.size();
  }
  report.live_chunks = live.size();
  CAIRN_TRY(const auto plan, store::plan_sweep(context, *store, live, options.grace_ms));
  report.packs_removed = plan.remove.size();
  report.packs_rewritten = plan.rewrite.size();
  report.freed_bytes = plan.freed_bytes();
  report.kept_young_bytes = plan.kept_young_bytes;
  if (!options.apply) return report;
  CAIRN_CHECK(renew_roots(repository, noted, std::move(reachable)));
  CAIRN_CHECK(store::apply_sweep(context, *store, live, plan, kSweepLockMs));
  report.applied = true;
  return report;
}

}  // namespace cairn::repo
