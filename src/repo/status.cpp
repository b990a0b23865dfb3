// status: what differs between data, pointers and store, and hence what to do next. Reads data only
// where stamps say nothing.
#include <algorithm>

#include <sys/stat.h>

#include "base/text.hpp"
#include "repo/below.hpp"
#include "repo/comes_back.hpp"
#include "repo/operations.hpp"
#include "repo/outside.hpp"
#include "repo/status_of.hpp"
#include "repo/tree_plan.hpp"
#include "repo/work_tree.hpp"

namespace cairn::repo {

namespace {

constexpr std::size_t kMaxChanges = 1000;

// Of what was asked for: a path may be inside of a tracked folder.
void note_change(const Selected& item, FileChange::Kind kind, std::string path, StatusPath& out) {
  if (!item.covers(path)) return;
  out.added += kind == FileChange::Kind::kAdded;
  out.removed += kind == FileChange::Kind::kRemoved;
  out.modified += kind == FileChange::Kind::kModified || kind == FileChange::Kind::kTypeChanged;
  if (out.changes.size() < kMaxChanges) out.changes.push_back({kind, std::move(path)});
}

// Whether a node that was read is as the state has it: its bytes, and of a file the executable bit.
bool as_recorded(const LocalTree& local, std::size_t node, std::size_t recorded) {
  if (local.ids[node] != local.cache.id(recorded)) return false;
  const auto mode = local.cache.mode(recorded);
  const bool told = mode != 0 && local.scan.nodes[node].type == workdir::NodeType::kFile;
  return !told || executable(local.scan.nodes[node].stat) == ((mode & S_IXUSR) != 0);
}

// The tree against what was last materialised or added here; needs no manifest.
void compare_with_cache(const Selected& item, const LocalTree& local, StatusPath& out) {
  const auto& tracked = item.tracked.path;
  const auto& nodes = local.scan.nodes;
  const auto& cache = local.cache;
  const auto path_of = [&](std::string_view inside) { return path_below(tracked, inside); };
  std::size_t c = 0;
  for (std::size_t n = 0; n < nodes.size(); ++n) {
    for (; c < cache.size() && cache.path(c) < nodes[n].path; ++c) {
      note_change(item, FileChange::Kind::kRemoved, path_of(cache.path(c)), out);
    }
    if (c < cache.size() && cache.path(c) == nodes[n].path) {
      if (!as_recorded(local, n, c))
        note_change(item, FileChange::Kind::kModified, path_of(nodes[n].path), out);
      ++c;
    } else {
      note_change(item, FileChange::Kind::kAdded, path_of(nodes[n].path), out);
    }
  }
  for (; c < cache.size(); ++c)
    note_change(item, FileChange::Kind::kRemoved, path_of(cache.path(c)), out);
}

// An empty folder here that the version has files in.
bool is_left_out(const workdir::ScannedNode& node,
                 const std::vector<format::ManifestEntry>& entries) {
  if (node.type != workdir::NodeType::kEmptyFolder) return false;
  const auto below =
      std::ranges::lower_bound(entries, node.path + "/", {}, &format::ManifestEntry::path);
  return below != entries.end() && is_at_or_below(below->path, node.path);
}

// Where nothing was materialised, or part: the version itself is the measure, and what was never
// here is not missing. Tells whether all of the version is here; nothing where its list is not.
Result<std::optional<bool>> compare_with_version(const Selected& item, const sync::Holdings& here,
                                                 const LocalTree& local, StatusPath& out) {
  const auto& tracked = item.tracked.path;
  const auto& pointer = item.tracked.pointer;
  auto entries = load_entries(pointer, here.pages);
  if (!entries) {
    out.in_store = false;
    if (entries.error().code() != Code::kMissing) return std::move(entries).error();
    return std::optional<bool>();
  }
  bool all_here = true;
  std::size_t n = 0, hint = 0;
  const auto& nodes = local.scan.nodes;
  const auto path_of = [&](const std::string& inside) { return path_below(tracked, inside); };
  const auto note_added = [&](const workdir::ScannedNode& node) {
    if (!is_left_out(node, *entries))
      note_change(item, FileChange::Kind::kAdded, path_of(node.path), out);
  };
  for (const auto& entry : *entries) {
    for (; n < nodes.size() && nodes[n].path < entry.path; ++n) note_added(nodes[n]);
    if (n < nodes.size() && nodes[n].path == entry.path) {
      if (!same_node(nodes[n], *local.ids[n], node_key(entry)))
        note_change(item, FileChange::Kind::kModified, path_of(entry.path), out);
      ++n;
      continue;
    }
    all_here = false;
    if (local.cache.knows(entry.path, hint))
      note_change(item, FileChange::Kind::kRemoved, path_of(entry.path), out);
    if (out.in_store) {
      CAIRN_TRY(out.in_store, has_data(here, entry));
    }
  }
  for (; n < nodes.size(); ++n) note_added(nodes[n]);
  return std::optional(all_here);
}

// Where there is no store yet, nothing is held.
Result<sync::Holdings> stored(const Context& context, Repository& repository, StatusPath& out) {
  const auto store = repository.store(context, store::Store::Access::kRead);
  if (!store && store.error().code() != Code::kMissing) return store.error();
  out.in_store = store.ok();
  if (store) return sync::holdings_of(**store);
  const auto no_page = [](const ChunkId& id) -> Result<base::Bytes> {
    return Error(Code::kMissing, "chunk " + id.hex() + " is not here");
  };
  return sync::Holdings{no_page, [](const ChunkId&) { return false; }};
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
    if (here && as_recorded(local, n, c)) {
      file.stat = local.scan.nodes[n].stat;
    } else {
      file.stat.mode = local.cache.mode(c);
    }
    files.push_back(std::move(file));
  }
  auto saved = save_state(repository, tracked.path, local.cache.oid(), local.cache.partial(),
                          std::move(files), now_ns);
  const auto code = saved ? Code::kInternal : saved.error().code();
  if (code == Code::kPermission || code == Code::kNoSpace)
    return {};  // a read-only place: only slower next time
  return saved;
}

// What stands at its place, told from the changes and from what is known of it.
PathState state_of(const format::Pointer& pointer, const LocalTree& local, bool changed,
                   StatusPath& out) {
  const bool known = local.cache.exists();
  if (known && local.cache.oid() != pointer.oid && !changed) return PathState::kStale;
  if (!local.present) {
    const bool left_out = out.partial && local.cache.size() == 0;
    out.partial = out.partial && !left_out;
    return known && !left_out ? PathState::kMissingData : PathState::kNotMaterialised;
  }
  const bool exec_differs = pointer.kind == format::Pointer::Kind::kFile && !changed &&
                            executable(local.scan.nodes.front().stat) != pointer.executable;
  if (changed || exec_differs) return PathState::kModified;
  return PathState::kClean;
}

Result<LocalTree> examine(const Context& context, Repository& repository, const Selected& item,
                          StatusReport& report, StatusPath& out) {
  const auto& tracked = item.tracked;
  CAIRN_TRY(auto local, read_local_tree(context, repository, tracked.path));
  if (is_up_to_date(tracked.pointer, local)) return local;
  const auto now = workdir::StatCache::filesystem_now_ns(repository.state_directory());
  CAIRN_TRY(const auto hashed, hash_unknown(context, repository, tracked.path, local));
  report.files_hashed += hashed;
  const bool known = local.cache.exists();
  out.partial = known && local.cache.partial();
  std::optional<bool> all_here;
  if (!known || out.partial) {
    CAIRN_TRY(const auto here, stored(context, repository, out));
    CAIRN_TRY(all_here, compare_with_version(item, here, local, out));
  }
  if (known && !all_here) compare_with_cache(item, local, out);
  if (known && !local.interrupted && hashed > 0 && now)
    CAIRN_CHECK(write_back(repository, tracked, local, *now));
  const bool changed = out.added + out.removed + out.modified > 0;
  out.state = state_of(tracked.pointer, local, changed, out);
  const bool folder = tracked.pointer.kind == format::Pointer::Kind::kFolder;
  if (out.state == PathState::kClean && !known && folder) {
    if (!all_here && !local.scan.nodes.empty()) out.state = PathState::kNotCompared;
    out.partial = out.state == PathState::kClean && !all_here.value_or(false);
  }
  return local;
}

// Whether a checkout would find here what it has to write. Chunks are looked up by name.
Result<bool> can_check_out(const sync::Holdings& here, const Tracked& tracked,
                           const LocalTree& local) {
  const auto& cache = local.cache;
  std::size_t hint = 0;
  const auto look = [&](const ChunkId&,
                        const std::vector<format::ManifestEntry>& entries) -> Status {
    for (const auto& entry : entries) {
      const bool known = cache.knows(entry.path, hint);
      if (!known && cache.partial()) continue;
      if (known && local.present && cache.id(hint) == entry.file_id) continue;
      CAIRN_TRY(const bool held, has_data(here, entry));
      if (!held) return Error(Code::kMissing, "not in the store");
    }
    return {};
  };
  const auto& pointer = tracked.pointer;
  auto looked = pointer.kind == format::Pointer::Kind::kFile
                    ? look(ChunkId(), {file_entry(pointer)})
                    : format::walk_manifest(pointer.oid.as<ChunkId>(), here.pages, look);
  if (!looked && looked.error().code() != Code::kMissing) return std::move(looked).error();
  return looked.ok();
}

// Data that a checkout would need, or that is nowhere else: of that, one look for the page or chunk
// that its version begins with.
Status look_in_store(const Context& context, Repository& repository, const Tracked& tracked,
                     const LocalTree& local, StatusPath& out) {
  const auto closure = tracked.pointer.closure_id();
  const bool whole =
      out.state == PathState::kOutside || (out.state == PathState::kClean && !out.partial);
  const bool only_here = whole && !out.pushed.value_or(false);
  const bool needed = out.state == PathState::kStale || out.state == PathState::kMissingData;
  if (!closure || !(only_here || needed)) return {};
  const auto store = repository.store(context, store::Store::Access::kRead);
  // A store that cannot be read says nothing; commands that need it tell why.
  if (!store && store.error().code() != Code::kMissing) return {};
  out.in_store = store.ok() && (*store)->has(closure->as<ChunkId>());
  if (only_here && !out.in_store) out.state = PathState::kNotStored;
  if (needed && out.in_store) {
    CAIRN_TRY(out.in_store, can_check_out(sync::holdings_of(**store), tracked, local));
  }
  return {};
}

// Pointers that cannot be used: in conflict in git's index, or no pointers at all.
Status note_unusable(const Repository& repository, const Faults& faults, StatusReport& report) {
  if (faults.empty()) return {};
  CAIRN_TRY(const auto conflicts, repository.git().pointer_conflicts());
  for (const auto& [path, error] : faults) {
    const auto file = pointer_path(path);
    const bool merging =
        std::ranges::find(conflicts, file, &git::PointerConflict::path) != conflicts.end();
    StatusPath out;
    out.path = path;
    const bool newer = error.code() == Code::kTooNew;
    out.state = merging ? PathState::kConflict
                : newer ? PathState::kNewerPointer
                        : PathState::kBadPointer;
    if (!merging) out.fault = error.message();
    report.paths.push_back(std::move(out));
  }
  return {};
}

Status look_at(const Context& context, Repository& repository,
               const std::vector<Selected>& selected, StatusReport& report) {
  const auto remote = repository.remote_setting("");
  std::vector<Digest> pushed;
  if (remote) {
    CAIRN_TRY(pushed, read_pushed(repository, remote->name));
  }
  CAIRN_TRY(const auto outside, OutsidePaths::read(repository));
  for (const auto& item : selected) {
    StatusPath out;
    out.path = item.tracked.path;
    const auto closure = item.tracked.pointer.closure_id();
    if (remote) out.pushed = !closure || std::ranges::binary_search(pushed, *closure);
    CAIRN_TRY(const auto noted, outside.find(item.tracked.path));
    LocalTree local;
    if (noted) {
      out.outside = noted->from;
      out.state = noted->oid == item.tracked.pointer.oid ? PathState::kOutside : PathState::kStale;
    } else {
      CAIRN_TRY(local, examine(context, repository, item, report, out));
    }
    CAIRN_CHECK(look_in_store(context, repository, item.tracked, local, out));
    // Where the data is not here, whoever has it pushes it, and may have done so.
    if (!out.in_store && !out.pushed.value_or(true)) out.pushed.reset();
    report.paths.push_back(std::move(out));
  }
  std::ranges::sort(report.paths, {}, &StatusPath::path);
  return {};
}

}  // namespace

bool StatusReport::clean() const {
  return std::ranges::all_of(paths, [](const auto& path) {
    return path.state == PathState::kClean || path.state == PathState::kOutside;
  });
}

Result<StatusReport> status(const Context& context, Repository& repository,
                            const StatusOptions& options) {
  CAIRN_CHECK(require_work_tree(repository));
  CAIRN_TRY(const auto paths, repository.resolve_arguments(options.paths));
  Faults faults;
  CAIRN_TRY(const auto tracked, repository.tracked(&faults));
  StatusReport report;
  CAIRN_CHECK(note_unusable(repository, faults, report));
  if (tracked.empty() && paths.empty()) return report;
  CAIRN_TRY(const auto selected, select(tracked, paths));
  CAIRN_CHECK(look_at(context, repository, selected, report));
  return report;
}

Result<StatusReport> status_of(const Context& context, Repository& repository,
                               const std::vector<Tracked>& tracked) {
  StatusReport report;
  CAIRN_TRY(const auto selected, select(tracked, {}));
  CAIRN_CHECK(look_at(context, repository, selected, report));
  return report;
}

}  // namespace cairn::repo
