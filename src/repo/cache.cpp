// cache: what the local store holds, and shrinking it to what fits: only data goes that a remote
// confirmed in this very run.
#include <algorithm>
#include <set>

#include "base/file.hpp"
#include "repo/liveness.hpp"
#include "repo/operations.hpp"
#include "repo/projects.hpp"
#include "repo/tree_state.hpp"
#include "repo/versions.hpp"
#include "store/shrink.hpp"
#include "sync/page_cache.hpp"
#include "sync/transfer.hpp"

namespace cairn::repo {

namespace {

constexpr int kPruneLockMs = 60'000;

using Chunks = std::unordered_set<ChunkId>;

// Versions that git refers to, and those once written here that it forgot, each closure once.
Result<std::vector<Tracked>> known_versions(const Repository& repository) {
  CAIRN_TRY(auto out, all_versions(repository));
  std::set<Digest> seen;
  for (const auto& version : out) seen.insert(*version.pointer.closure_id());
  CAIRN_TRY(const auto written, read_versions(repository));
  for (const auto& version : written) {
    const auto id = version.pointer.closure_id();
    if (id && seen.insert(*id).second) out.push_back(version);
  }
  return out;
}

struct Holdings {
  Chunks elsewhere;  // of versions that a remote has, but of no other version
  Chunks only_here;  // of the others, and of other projects that share the store
  Chunks in_use;     // of the pointers in the work tree
};

// `there` tells of each version whether a remote has it.
Result<Holdings> sort_chunks(const Repository& repository, const store::Store& store,
                             const std::vector<Tracked>& versions, const std::vector<bool>& there,
                             const std::vector<Tracked>& others) {
  Holdings out;
  for (const auto& version : others) CAIRN_CHECK(collect_chunks(store, version, out.only_here));
  for (std::size_t i = 0; i < versions.size(); ++i) {
    CAIRN_CHECK(collect_chunks(store, versions[i], there[i] ? out.elsewhere : out.only_here));
  }
  for (const auto& id : out.only_here) out.elsewhere.erase(id);
  CAIRN_TRY(const auto now, repository.tracked());
  for (const auto& version : now) CAIRN_CHECK(collect_chunks(store, version, out.in_use));
  return out;
}

std::uint64_t bytes_below(const std::string& directory) {
  std::uint64_t bytes = 0;
  const auto entries = base::list_directory(directory);
  if (!entries) return 0;
  for (const auto& entry : *entries) {
    const auto path = base::join(directory, entry.name);
    const auto info = base::lstat_path(path);
    if (!info) continue;
    if (S_ISDIR(info->st_mode)) bytes += bytes_below(path);
    if (S_ISREG(info->st_mode)) bytes += static_cast<std::uint64_t>(info->st_size);
  }
  return bytes;
}

// Of remotes' tables and locators; they come again when they are needed.
std::uint64_t remote_pages(const store::Store& store) {
  return bytes_below(base::join(sync::page_cache_directory(store), "packs"));
}

std::uint64_t size_of(const store::Store& store) {
  std::uint64_t bytes = remote_pages(store);
  for (const char* part : {"packs", "index", "links"})
    bytes += bytes_below(base::join(store.directory(), part));
  return bytes;
}

// Every record belongs to one kind: what is only here holds it, else what no version needs, else it
// may go.
Result<CacheUse> measure(const store::Store& store, const Holdings& holdings) {
  CacheUse use;
  const auto visit = [&](std::uint32_t pack, const format::TableRecord& record,
                         std::span<const format::TableChunk> chunks) -> Status {
    const auto any = [&](const Chunks& of) {
      return std::ranges::any_of(chunks, [&](const auto& chunk) { return of.contains(chunk.id); });
    };
    const auto all = [&](const Chunks& of) {
      return std::ranges::all_of(chunks, [&](const auto& chunk) { return of.contains(chunk.id); });
    };
    auto& kind = store.pack(pack).kind == format::PackKind::kMeta ? use.lists
                 : any(holdings.only_here)                        ? use.only_here
                 : !all(holdings.elsewhere)                       ? use.unreferenced
                 : any(holdings.in_use)                           ? use.in_use
                                                                  : use.older;
    kind += record.record_bytes;
    return {};
  };
  CAIRN_CHECK(store.for_each_record(visit));
  use.lists += remote_pages(store);
  use.links = bytes_below(base::join(store.directory(), "links"));
  use.total = size_of(store);
  return use;
}

// Asks the remote about every version now.
Result<std::vector<bool>> ask(const Context& context, const Repository& repository,
                              const config::RemoteSetting& setting,
                              const std::vector<Tracked>& versions, PruneReport& report) {
  CAIRN_TRY(const auto remote, repository.open_remote(setting));
  std::vector<sync::Version> asked;
  for (const auto& version : versions) asked.push_back(plain_version(version));
  CAIRN_TRY(const auto answers,
            sync::confirm_versions(context, *remote, asked, repository.settings().project,
                                   sync::Confirm::kMayRelyOn));
  std::vector<bool> there;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    there.push_back(answers[i].complete);
    report.confirmed += answers[i].complete;
    if (!answers[i].complete)
      report.kept.push_back({versions[i].path, versions[i].pointer.oid.hex(), answers[i].why});
  }
  return there;
}

}  // namespace

Result<CacheReport> cache(const Context& context, Repository& repository) {
  CAIRN_TRY(auto* store, repository.store(context, store::Store::Access::kRead));
  CAIRN_TRY(const auto versions, known_versions(repository));
  CAIRN_TRY(const auto noted, pushed_anywhere(repository));
  std::vector<bool> there;
  for (const auto& version : versions)
    there.push_back(noted.contains(*version.pointer.closure_id()));
  CAIRN_TRY(const auto others, versions_of_others(context, repository));
  CAIRN_TRY(const auto holdings, sort_chunks(repository, *store, versions, there, others));
  CacheReport report;
  report.directory = store->directory();
  CAIRN_TRY(report.use, measure(*store, holdings));
  return report;
}

Result<PruneReport> cache_prune(const Context& context, Repository& repository,
                                const PruneOptions& options) {
  CAIRN_TRY(const auto setting, repository.remote_setting(options.remote));
  const auto access = options.dry_run ? store::Store::Access::kRead : store::Store::Access::kWrite;
  CAIRN_TRY(auto* store, repository.store(context, access));
  PruneReport report;
  report.remote = setting.name;
  report.max_bytes = options.max_bytes;
  report.before = size_of(*store);
  report.after = report.before;
  if (report.before <= options.max_bytes) return report;
  // From here on, in this order: what another command adds or relies on meanwhile has another time,
  // and stays.
  const auto seen = store::pack_times(*store);
  CAIRN_TRY(const auto versions, known_versions(repository));
  CAIRN_TRY(const auto there, ask(context, repository, setting, versions, report));
  CAIRN_TRY(const auto others, versions_of_others(context, repository));
  CAIRN_TRY(const auto holdings, sort_chunks(repository, *store, versions, there, others));
  CAIRN_TRY(report.use, measure(*store, holdings));
  const auto pages = remote_pages(*store);  // go first
  const auto too_much = report.before - options.max_bytes;
  const store::ShrinkRequest request{holdings.elsewhere, holdings.in_use,
                                     too_much - std::min(too_much, pages), seen};
  CAIRN_TRY(const auto plan, store::plan_shrink(context, *store, request));
  report.chunks = plan.chunks;
  report.packs_removed = plan.sweep.remove.size();
  report.packs_rewritten = plan.sweep.rewrite.size();
  report.after -= std::min(report.after, plan.sweep.freed_bytes() + pages);
  if (options.dry_run || plan.chunks + pages == 0) return report;
  CAIRN_CHECK(sync::drop_page_cache(context, *store));
  if (plan.chunks > 0)
    CAIRN_CHECK(store::apply_sweep(context, *store, plan.stay, plan.sweep, kPruneLockMs));
  report.applied = true;
  report.after = size_of(*store);
  return report;
}

}  // namespace cairn::repo
