// push: the data of every commit of HEAD that no git remote-tracking branch holds, of HEAD itself,
// and of staged pointers.
#include <algorithm>
#include <set>

#include "base/file.hpp"
#include "base/text.hpp"
#include "base/version.hpp"
#include "repo/operations.hpp"
#include "repo/push_policy.hpp"
#include "repo/push_versions.hpp"
#include "repo/tree_state.hpp"
#include "repo/versions.hpp"

namespace cairn::repo {

namespace {

struct Wanted {
  std::vector<Tracked> versions;
  std::uint64_t left_out = 0;  // older versions that a remote-tracking branch already holds
};

using Seen = std::set<std::pair<std::string, std::string>>;  // (path, closure)

void take(const std::vector<Tracked>& from, Seen& seen, std::vector<Tracked>& into) {
  for (const auto& item : from) {
    const auto id = item.pointer.closure_id();
    if (seen.emplace(item.path, id ? id->hex() : "").second) into.push_back(item);
  }
}

Status take_history(const Repository& repository, const std::vector<std::string>& range, Seen& seen,
                    std::vector<Tracked>& into) {
  CAIRN_TRY(const auto blobs, repository.git().pointers_in_history(range));
  CAIRN_TRY(const auto found, read_pointers(repository, blobs, BadPointers::kFail));
  take(found, seen, into);
  return {};
}

Result<Wanted> choose_versions(const Repository& repository, const PushCommandOptions& options) {
  Wanted out;
  Seen seen;
  const auto& git = repository.git();
  if (options.all) {
    CAIRN_CHECK(take_history(repository, {"--all"}, seen, out.versions));
    return out;
  }
  if (!options.range.empty()) {
    CAIRN_CHECK(take_history(repository, options.range, seen, out.versions));
    return out;
  }
  CAIRN_TRY(const auto staged, git.pointers_in_index());
  CAIRN_TRY(const auto now, read_pointers(repository, staged, BadPointers::kFail));
  take(now, seen, out.versions);
  CAIRN_TRY(const auto head, git.head());
  if (!head) return out;
  CAIRN_TRY(const auto tip, repository.tracked_at(head->id));
  take(tip, seen, out.versions);
  CAIRN_CHECK(take_history(repository, {"HEAD", "--not", "--remotes"}, seen, out.versions));
  std::vector<Tracked> rest;
  CAIRN_TRY(const auto blobs, git.pointers_in_history({"HEAD"}));
  CAIRN_TRY(const auto everything, read_pointers(repository, blobs, BadPointers::kSkip));
  take(everything, seen, rest);
  out.left_out = rest.size();
  return out;
}

Status keep_selected(const Repository& repository, const std::vector<std::string>& paths,
                     std::vector<Tracked>& versions) {
  if (paths.empty()) return {};
  CAIRN_TRY(const auto resolved, repository.resolve_arguments(paths));
  CAIRN_TRY(const auto selected, select(versions, resolved));
  versions.clear();
  for (const auto& item : selected) versions.push_back(item.tracked);
  return {};
}

// Takes out what the committed policy binds elsewhere. What was named on the command line is
// refused instead.
Status keep_allowed(const PushPolicy& policy, const store::Store& store,
                    const PushCommandOptions& options, const std::string& remote,
                    std::vector<Tracked>& versions, std::vector<PushCommandReport::Bound>& bound) {
  if (policy.empty()) return {};
  std::vector<Tracked> allowed;
  for (auto& version : versions) {
    CAIRN_TRY(const auto found, policy.of(version, &store));
    if (found.allows(remote) && !found.unknown) {
      allowed.push_back(std::move(version));
      continue;
    }
    const std::string where =
        found.bound ? "`" + base::printable(found.pattern) + "` in .cairn/config goes to " +
                          (found.remote.empty() ? "no remote" : "`" + found.remote + "` only")
                    : "its list of files is not here, and a path policy may concern some of them";
    if (!options.paths.empty()) {
      return Error(Code::kUsage, "`" + base::printable(version.path) + "` may not be pushed to `" +
                                     remote + "`: " + where)
          .hint(found.remote.empty() ? "nothing was pushed; cairn-config(5), path.<pattern>.push"
                                     : "`cairn push -r " + found.remote + " " +
                                           base::printable(version.path) + "` brings it there")
          .slug("push-forbidden");
    }
    bound.push_back({version.path, version.pointer.oid.hex(), found.remote, where});
  }
  versions = std::move(allowed);
  return {};
}

const char* state_name(sync::VersionState state) {
  switch (state) {
    case sync::VersionState::kPushed:
      return "pushed";
    case sync::VersionState::kAlreadyThere:
      return "already there";
    case sync::VersionState::kMissingLocally:
      break;
  }
  return "missing here";
}

PushedVersion describe(const sync::Version& version, const sync::VersionResult& result) {
  return {version.path, version.pointer.oid.hex(), version.commit, state_name(result.state),
          result.missing};
}

}  // namespace

bool PushCommandReport::complete() const {
  return std::ranges::none_of(versions,
                              [](const auto& version) { return version.state == "missing here"; });
}

Result<PushCommandReport> push_versions(const Context& context, Repository& repository,
                                        const config::RemoteSetting& setting,
                                        const std::vector<Tracked>& wanted, PushManner manner) {
  const bool dry_run = manner.dry_run;
  CAIRN_TRY(auto* store, repository.store(context, store::Store::Access::kRead));
  CAIRN_TRY(const auto versions, with_history(repository, wanted));
  CAIRN_TRY(auto remote, repository.open_remote(setting));
  auto ready = sync::prepare_remote(context, *remote, !dry_run);
  const bool still_empty = dry_run && !ready && ready.error().code() == Code::kMissing;
  if (!ready && !still_empty) return std::move(ready).error();
  sync::PushOptions how;
  how.project = repository.settings().project;
  how.program = base::program_name();
  how.dry_run = dry_run;
  how.flatten = manner.flatten;
  how.repair = manner.repair;
  const auto journal =
      base::join(repository.git().paths().common_dir, "cairn/push/" + setting.name);
  CAIRN_TRY(const auto pushed,
            sync::push_versions(context, *store, *remote, versions, how, journal));
  PushCommandReport report{setting.name,
                           {},
                           pushed.new_plain_bytes,
                           pushed.uploaded_bytes,
                           pushed.packs,
                           pushed.requests,
                           pushed.chunks,
                           pushed.packs_named_again,
                           0,
                           {}};
  std::vector<Digest> confirmed;
  for (std::size_t i = 0; i < versions.size(); ++i) {
    report.versions.push_back(describe(versions[i], pushed.versions[i]));
    const auto id = versions[i].pointer.closure_id();
    if (id && pushed.versions[i].state != sync::VersionState::kMissingLocally)
      confirmed.push_back(*id);
  }
  if (!dry_run) CAIRN_CHECK(note_pushed(repository, setting.name, confirmed));
  return report;
}

Result<PushCommandReport> push(const Context& context, Repository& repository,
                               const PushCommandOptions& options) {
  CAIRN_TRY(const auto setting, repository.remote_setting(options.remote));
  CAIRN_TRY(auto wanted, choose_versions(repository, options));
  CAIRN_CHECK(keep_selected(repository, options.paths, wanted.versions));
  CAIRN_TRY(auto* store, repository.store(context, store::Store::Access::kRead));
  std::vector<PushCommandReport::Bound> bound;
  CAIRN_CHECK(keep_allowed(PushPolicy(repository.settings()), *store, options, setting.name,
                           wanted.versions, bound));
  CAIRN_TRY(auto report, push_versions(context, repository, setting, wanted.versions,
                                       {.dry_run = options.dry_run,
                                        .flatten = options.flatten,
                                        .repair = options.repair}));
  report.left_out = wanted.left_out;
  report.bound = std::move(bound);
  return report;
}

}  // namespace cairn::repo
