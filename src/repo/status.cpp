// status: what differs between data, pointers and store, and hence what to do next. Reads data only
// where stamps say nothing.
#include <algorithm>

#include "base/text.hpp"
#include "repo/operations.hpp"
#include "repo/tree_plan.hpp"
#include "repo/work_tree.hpp"

namespace cairn::repo {

namespace {

constexpr std::size_t kMaxChanges = 1000;

void note_change(StatusPath& out, FileChange::Kind kind, std::string path) {
  out.added += kind == FileChange::Kind::kAdded;
  out.removed += kind == FileChange::Kind::kRemoved;
  out.modified += kind == FileChange::Kind::kModified || kind == FileChange::Kind::kTypeChanged;
  if (out.changes.size() < kMaxChanges) out.changes.push_back({kind, std::move(path)});
}

// The tree against what was last materialised or added here; needs no manifest.
void compare_with_cache(const std::string& tracked, const LocalTree& local, StatusPath& out) {
  const auto& nodes = local.scan.nodes;
  const auto& cache = local.cache;
  const auto path_of = [&](std::string_view inside) {
    return inside.empty() ? tracked : tracked + "/" + std::string(inside);
  };
  std::size_t c = 0;
  for (std::size_t n = 0; n < nodes.size(); ++n) {
    for (; c < cache.size() && cache.path(c) < nodes[n].path; ++c) {
      note_change(out, FileChange::Kind::kRemoved, path_of(cache.path(c)));
    }
    if (c < cache.size() && cache.path(c) == nodes[n].path) {
      if (cache.id(c) != *local.ids[n])
        note_change(out, FileChange::Kind::kModified, path_of(nodes[n].path));
      ++c;
    } else {
      note_change(out, FileChange::Kind::kAdded, path_of(nodes[n].path));
    }
  }
  for (; c < cache.size(); ++c)
    note_change(out, FileChange::Kind::kRemoved, path_of(cache.path(c)));
}

// Where nothing was materialised, or part: the version itself is the measure, and what was never
// here is not missing.
Status compare_with_version(const format::Pointer& pointer, const store::Store& store,
                            const LocalTree& local, const std::string& tracked, StatusPath& out) {
  auto entries = load_entries(pointer, store::page_fetch(store));
  if (!entries) {
    out.in_store = false;
    return entries.error().code() == Code::kMissing ? Status() : Status(std::move(entries).error());
  }
  std::size_t n = 0, hint = 0;
  const auto& nodes = local.scan.nodes;
  const auto path_of = [&](const std::string& inside) {
    return inside.empty() ? tracked : tracked + "/" + inside;
  };
  for (const auto& entry : *entries) {
    for (; n < nodes.size() && nodes[n].path < entry.path; ++n) {
      note_change(out, FileChange::Kind::kAdded, path_of(nodes[n].path));
    }
    if (n < nodes.size() && nodes[n].path == entry.path) {
      if (!same_node(nodes[n], *local.ids[n], entry))
        note_change(out, FileChange::Kind::kModified, path_of(entry.path));
      ++n;
      continue;
    }
    if (local.cache.knows(entry.path, hint))
      note_change(out, FileChange::Kind::kRemoved, path_of(entry.path));
    const bool one_chunk =
        entry.type == format::EntryType::kFile && entry.chunks.empty() && !entry.has_recipe;
    if (one_chunk && entry.size_bytes > 0 && !store.has(entry.file_id.as<ChunkId>()))
      out.in_store = false;
    if (entry.has_recipe && !store.has(entry.recipe)) out.in_store = false;
    for (const auto& chunk : entry.chunks) out.in_store = out.in_store && store.has(chunk.id);
  }
  for (; n < nodes.size(); ++n) note_change(out, FileChange::Kind::kAdded, path_of(nodes[n].path));
  return {};
}

// What had to be hashed again and proved unchanged is written back, so that the next status need
// not.
Status write_back(const Repository& repository, const Tracked& tracked, const LocalTree& local,
                  std::int64_t now_ns) {
  std::vector<workdir::CachedFile> files;
  files.reserve(local.cache.size());
  std::size_t n = 0;
  for (std::size_t c = 0; c < local.cache.size(); ++c) {
    workdir::CachedFile file{std::string(local.cache.path(c)), {}, local.cache.id(c)};
    while (n < local.scan.nodes.size() && local.scan.nodes[n].path < file.path) ++n;
    const bool here = n < local.scan.nodes.size() && local.scan.nodes[n].path == file.path;
    if (here && local.ids[n] == file.id) file.stat = local.scan.nodes[n].stat;
    files.push_back(std::move(file));
  }
  auto saved = save_state(repository, tracked.path, local.cache.oid(), local.cache.partial(),
                          std::move(files), now_ns);
  const auto code = saved ? Code::kInternal : saved.error().code();
  if (code == Code::kPermission || code == Code::kNoSpace)
    return {};  // a read-only place: only slower next time
  return saved;
}

Status examine(const Context& context, Repository& repository, const Tracked& tracked,
               StatusReport& report, StatusPath& out) {
  const auto now = workdir::StatCache::filesystem_now_ns(repository.state_directory());
  CAIRN_TRY(auto local, read_local_tree(context, repository, tracked.path));
  if (is_up_to_date(tracked.pointer, local)) return {};
  CAIRN_TRY(const auto hashed, hash_unknown(context, repository, tracked.path, local));
  report.files_hashed += hashed;
  const bool known = local.cache.exists();
  out.partial = known && local.cache.partial();
  if (known && !out.partial) {
    compare_with_cache(tracked.path, local, out);
  } else {
    auto store = repository.store(context, store::Store::Access::kRead);
    if (!store && store.error().code() != Code::kMissing) return std::move(store).error();
    out.in_store = store.ok();
    if (store)
      CAIRN_CHECK(compare_with_version(tracked.pointer, **store, local, tracked.path, out));
  }
  if (known && !local.interrupted && hashed > 0 && now)
    CAIRN_CHECK(write_back(repository, tracked, local, *now));
  const bool changed = out.added + out.removed + out.modified > 0;
  const bool exec_differs = tracked.pointer.kind == format::Pointer::Kind::kFile && local.present &&
                            !changed &&
                            executable(local.scan.nodes.front().stat) != tracked.pointer.executable;
  if (known && local.cache.oid() != tracked.pointer.oid && !changed) {
    out.state = PathState::kStale;
  } else if (!local.present) {
    const bool left_out = out.partial && local.cache.size() == 0;
    out.state = known && !left_out ? PathState::kMissingData : PathState::kNotMaterialised;
    out.partial = out.partial && !left_out;
  } else if (changed || exec_differs) {
    out.state = PathState::kModified;
  } else if (!known) {
    out.partial = true;
  }
  return {};
}

}  // namespace

bool StatusReport::clean() const {
  return std::ranges::all_of(paths,
                             [](const auto& path) { return path.state == PathState::kClean; });
}

Result<StatusReport> status(const Context& context, Repository& repository,
                            const StatusOptions& options) {
  CAIRN_CHECK(require_work_tree(repository));
  CAIRN_TRY(const auto paths, repository.resolve_arguments(options.paths));
  std::vector<std::pair<std::string, Error>> faults;
  CAIRN_TRY(const auto tracked, repository.tracked(&faults));
  StatusReport report;
  for (const auto& [path, error] : faults) {
    StatusPath bad;
    bad.path = path;
    bad.state = PathState::kBadPointer;
    bad.fault = error.message();
    report.paths.push_back(std::move(bad));
  }
  if (tracked.empty() && paths.empty()) return report;
  CAIRN_TRY(const auto selected, select(tracked, paths));
  const auto remote = repository.remote_setting("");
  std::vector<Digest> pushed;
  if (remote) {
    CAIRN_TRY(pushed, read_pushed(repository, remote->name));
  }
  for (const auto& item : selected) {
    StatusPath out;
    out.path = item.tracked.path;
    CAIRN_CHECK(examine(context, repository, item.tracked, report, out));
    const auto closure = item.tracked.pointer.closure_id();
    if (remote) out.pushed = !closure || std::ranges::binary_search(pushed, *closure);
    report.paths.push_back(std::move(out));
  }
  std::ranges::sort(report.paths, {}, &StatusPath::path);
  return report;
}

}  // namespace cairn::repo
