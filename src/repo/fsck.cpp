// fsck: is every byte that the store, or a remote, claims to have really there? Repairs the store
// from a remote.
#include <algorithm>
#include <set>

#include "base/counted.hpp"
#include "base/text.hpp"
#include "repo/liveness.hpp"
#include "repo/operations.hpp"
#include "repo/tree_state.hpp"
#include "store/check.hpp"
#include "sync/transfer.hpp"

namespace cairn::repo {

namespace {

constexpr std::size_t kMaxLost = 1000;
constexpr int kLockTimeoutMs = 60'000;

std::string counted_damage(const std::vector<sync::DamagedRecord>& damaged) {
  const auto all = damaged.size();
  const auto packs = static_cast<std::size_t>(
      std::ranges::count(damaged, format::kWholePack, &sync::DamagedRecord::offset));
  if (packs == 0) return base::counted(all, "record");
  if (packs == all) return base::counted(packs, "pack");
  return base::counted(packs, "pack") + " and " + base::counted(all - packs, "record");
}

// So that pushes rely on none of them any more. Who may not write there learns that; the rest of
// the report stands.
Status mark_far(const Context& context, Remote& remote, const sync::RemoteCheckReport& checked,
                FsckReport& report) {
  const auto count = counted_damage(checked.damaged);
  auto marked = remote.read_only()
                    ? Status(Error(Code::kPermission, "nothing can be written there"))
                    : sync::mark_damaged(context, remote, checked.damaged);
  if (marked) {
    report.notes.push_back("marked as damaged: " + count + "; no push relies on them any more");
    return {};
  }
  if (marked.error().code() == Code::kInterrupted) return marked;
  report.notes.push_back("not marked as damaged: " + count + " (" + marked.error().message() + ")");
  return {};
}

Result<FsckReport> check_far(const Context& context, const Repository& repository,
                             const FsckOptions& options) {
  CAIRN_TRY(const auto setting, repository.remote_setting(options.remote));
  CAIRN_TRY(auto remote, repository.open_remote(setting));
  CAIRN_CHECK(sync::prepare_remote(context, *remote, false));
  CAIRN_TRY(
      const auto checked,
      sync::check_remote(context, *remote, options.structure_only ? 0.0 : options.read_share));
  FsckReport report;
  report.roots = checked.roots;
  report.packs = checked.packs;
  report.records = checked.records;
  report.bytes_read = checked.bytes_read;
  report.faults = checked.faults;
  if (checked.marked > 0) {
    report.notes.push_back(base::counted(checked.marked, "record") +
                           " marked as damaged before, on which nothing has to rely");
  }
  for (const std::string& what : checked.superseded)
    report.notes.push_back("superseded, nothing to do: " + what);
  if (!checked.damaged.empty() && !options.dry_run)
    CAIRN_CHECK(mark_far(context, *remote, checked, report));
  return report;
}

struct Needed {
  std::vector<ChunkId> chunks;  // that versions name and the store does not have
  std::vector<std::string> lines;

  void add(const ChunkId& id, const std::string& path) {
    chunks.push_back(id);
    if (lines.size() < kMaxLost)
      lines.push_back("chunk " + id.short_hex() + " of " + base::printable(path));
  }
};

bool is_whole_here(const Repository& repository, const Tracked& tracked) {
  const auto cache = workdir::StatCache::load(repository.state_directory(), tracked.path);
  return cache.ok() && cache->exists() && !cache->partial() && cache->oid() == tracked.pointer.oid;
}

// Versions whose every chunk was surely in this store: those that the tree was made of, and those
// made here that no remote is known to have. Of others perhaps nothing was ever fetched.
Result<std::vector<Tracked>> versions_that_were_here(const Repository& repository) {
  Faults unreadable;
  CAIRN_TRY(auto tracked, repository.tracked(&unreadable));
  std::erase_if(tracked, [&](const Tracked& item) { return !is_whole_here(repository, item); });
  CAIRN_TRY(const auto made, read_versions(repository));
  CAIRN_TRY(const auto kept, all_versions(repository));
  CAIRN_TRY(const auto pushed, pushed_anywhere(repository));
  std::set<Digest> reachable;
  for (const Tracked& item : kept) {
    if (const auto closure = item.pointer.closure_id()) reachable.insert(*closure);
  }
  for (const Tracked& item : made) {
    const auto closure = item.pointer.closure_id();
    if (closure && reachable.contains(*closure) && !pushed.contains(*closure))
      tracked.push_back(item);
  }
  return tracked;
}

// A pack that lost its footer, while no index segment lists it, is known from its readable records
// alone. What stood in the others is found from the other side: what should be here and is not.
Status find_unlisted(const Repository& repository, const store::Store& store, Needed& out) {
  CAIRN_TRY(const auto versions, versions_that_were_here(repository));
  std::set<ChunkId> seen(out.chunks.begin(), out.chunks.end());
  for (const Tracked& version : versions) {
    const auto note = [&](const ChunkId& id, const std::string& path) {
      if (!store.has(id) && seen.insert(id).second) out.add(id, path);
    };
    const auto visit = [&](const ChunkId& id, std::uint64_t, const std::string& path) -> Status {
      note(id, path);
      return {};
    };
    auto walked = walk_version(store, version, visit);
    const auto code = walked ? Code::kInternal : walked.error().code();
    if (!walked && code != Code::kMissing && code != Code::kCorrupt) return walked;
    const auto closure = version.pointer.closure_id();
    if (!walked && closure) note(closure->as<ChunkId>(), version.path);  // its top page, then
  }
  return {};
}

// Chunks with no good copy that some version had here: damaged ones, and those of versions made in
// this clone.
Result<Needed> lost_chunks(const Repository& repository, const store::Store& store,
                           const std::set<ChunkId>& damaged) {
  Needed out;
  if (damaged.empty()) return out;
  CAIRN_TRY(const auto versions, all_versions(repository));
  std::set<ChunkId> seen;
  for (const auto& version : versions) {
    const auto visit = [&](const ChunkId& id, std::uint64_t, const std::string& path) -> Status {
      if (damaged.count(id) != 0 && !store.has(id) && seen.insert(id).second) out.add(id, path);
      return {};
    };
    auto walked = walk_version(store, version, visit);
    const auto code = walked ? Code::kInternal : walked.error().code();
    if (!walked && code != Code::kMissing && code != Code::kCorrupt)
      return std::move(walked).error();
  }
  for (const auto& id : damaged) {  // pages, and chunks below pages that are damaged themselves
    if (store.has(id) || !seen.insert(id).second) continue;
    out.chunks.push_back(id);
    out.lines.push_back("chunk " + id.short_hex());
  }
  return out;
}

// Chunks of packs that are gone. What no remote is known to have is lost; the rest may have been
// dropped on purpose (cache prune), and can be brought back.
Result<std::vector<ChunkId>> find_gone(const Repository& repository, const store::Store& store,
                                       const std::vector<ChunkId>& gone, Needed& lost) {
  std::vector<ChunkId> elsewhere;
  if (gone.empty()) return elsewhere;
  CAIRN_TRY(const auto versions, all_versions(repository));
  CAIRN_TRY(const auto pushed, pushed_anywhere(repository));
  const std::set<ChunkId> missing(gone.begin(), gone.end());
  std::set<ChunkId> seen(lost.chunks.begin(), lost.chunks.end()), there;
  for (const Tracked& version : versions) {
    const auto closure = version.pointer.closure_id();
    const bool far = closure && pushed.contains(*closure);
    const auto visit = [&](const ChunkId& id, std::uint64_t, const std::string& path) -> Status {
      if (!missing.contains(id)) return {};
      if (far) {
        there.insert(id);
      } else if (seen.insert(id).second) {
        lost.add(id, path);
      }
      return {};
    };
    auto walked = walk_version(store, version, visit);
    const auto code = walked ? Code::kInternal : walked.error().code();
    if (!walked && code != Code::kMissing && code != Code::kCorrupt) return walked.error();
  }
  for (const auto& id : lost.chunks) there.erase(id);
  return std::vector<ChunkId>(there.begin(), there.end());
}

Status repair(const Context& context, Repository& repository, store::Store& store,
              const std::string& name, Needed& needed, FsckReport& report) {
  CAIRN_TRY(const auto setting, repository.remote_setting(name));
  CAIRN_TRY(auto remote, repository.open_remote(setting));
  CAIRN_CHECK(sync::prepare_remote(context, *remote, false));
  CAIRN_TRY(const auto missing, sync::fetch_chunks(context, store, *remote, needed.chunks));
  report.repaired = needed.chunks.size() - missing.size();
  report.lost.clear();
  for (const auto& id : missing) report.lost.push_back("chunk " + id.short_hex());
  return {};
}

}  // namespace

Result<FsckReport> fsck(const Context& context, Repository& repository,
                        const FsckOptions& options) {
  if (!options.remote.empty()) return check_far(context, repository, options);
  const auto access = options.dry_run ? store::Store::Access::kRead : store::Store::Access::kWrite;
  CAIRN_TRY(auto* store, repository.store(context, access));
  const auto depth =
      options.structure_only ? store::ReadData::kStructure : store::ReadData::kEverything;
  CAIRN_TRY(const auto checked, store::check_store(context, *store, depth));
  FsckReport report;
  report.packs = checked.packs;
  report.records = checked.records;
  report.chunks = checked.chunks;
  report.bytes_read = checked.bytes_read;
  report.notes = checked.notes;
  std::set<ChunkId> damaged;
  for (const auto& damage : checked.damage) {
    report.faults.push_back("pack " + damage.pack.short_hex() + ", record at " +
                            std::to_string(damage.record_offset) + ": " + damage.what);
    damaged.insert(damage.chunks.begin(), damage.chunks.end());
  }
  CAIRN_TRY(auto needed, lost_chunks(repository, *store, damaged));
  const auto lost_footer = [](const store::Damage& damage) { return damage.record_offset == 0; };
  if (std::ranges::any_of(checked.damage, lost_footer))
    CAIRN_CHECK(find_unlisted(repository, *store, needed));
  CAIRN_TRY(const auto elsewhere, find_gone(repository, *store, checked.gone, needed));
  report.lost = needed.lines;
  if (options.repair_from.empty()) {
    if (!elsewhere.empty()) {
      report.notes.push_back("of what stood there a remote has " +
                             base::counted(elsewhere.size(), "chunk") + ", as far as is known");
    }
    return report;
  }
  needed.chunks.insert(needed.chunks.end(), elsewhere.begin(), elsewhere.end());
  if (options.dry_run) {
    report.repaired = needed.chunks.size();
    return report;
  }
  if (!needed.chunks.empty())
    CAIRN_CHECK(repair(context, repository, *store, options.repair_from, needed, report));
  if (checked.damage.empty()) return report;
  std::unordered_set<PackId> packs;
  for (const auto& damage : checked.damage) packs.insert(damage.pack);
  CAIRN_CHECK(store::replace_damaged_packs(context, *store, packs, kLockTimeoutMs));
  return report;
}

}  // namespace cairn::repo
