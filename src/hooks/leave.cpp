#include "hooks/leave.hpp"

#include "repo/materialise_plan.hpp"
#include "repo/tree_state.hpp"
#include "repo/versions.hpp"
#include "sync/gaps.hpp"

namespace cairn::hooks {

namespace {

// What was materialised is the version that the pointer named, and the store has all of it.
Result<bool> comes_back(const store::Store& store, const repo::Tracked& before,
                        const repo::LocalTree& local) {
  if (local.cache.oid() != before.pointer.oid) return false;
  std::size_t hint = 0;
  const auto prefix = before.path.size() + 1;
  const auto here = [&](std::string_view path) {
    hint = 0;
    return local.cache.knows(path.size() < prefix ? std::string_view() : path.substr(prefix), hint);
  };
  const sync::Wants wants = local.cache.partial() ? sync::Wants(here) : sync::Wants();
  CAIRN_TRY(const auto gaps, sync::find_gaps(store, repo::plain_version(before), wants, 1));
  return gaps.none();
}

}  // namespace

Status leave(const Context& context, repo::Repository& repository, const repo::Tracked& before,
             FollowReport& report) {
  const auto& path = before.path;
  CAIRN_TRY(auto local, repo::read_local_tree(context, repository, path));
  if (!local.cache.exists()) return {};
  if (!local.present) return repo::forget_states(repository, {path});
  CAIRN_TRY(auto* store, repository.store(context, store::Store::Access::kRead));
  CAIRN_TRY(const bool safe, comes_back(*store, before, local));
  if (!safe || !local.scan.special.empty() || !local.dangling.empty()) {
    report.kept.push_back(path);
    return {};
  }
  CAIRN_CHECK(repo::hash_unknown(context, repository, path, local));
  const auto all = [](std::string_view) { return true; };
  const auto none = [](const FileId&, std::uint64_t) { return false; };
  const auto plan = repo::TreePlanner(path, local, {all, none, {}}).finish();
  if (!plan.conflicts.empty()) {
    report.kept.push_back(path);
    return {};
  }
  const auto no_writes = [](const repo::TreePlan&, const workdir::WrittenVisit&) {
    return Status();
  };
  CAIRN_CHECK(repo::apply_plan(repository.tree(), plan, no_writes, {}));
  report.files_removed += plan.remove.size();
  report.followed.push_back(path);
  return repo::forget_states(repository, {path});
}

}  // namespace cairn::hooks
