// add: data -> store, pointer, ignore rule, git's index. One narrative per target: look, compare,
// store, then publish all.
#include <algorithm>

#include "base/file.hpp"
#include "base/text.hpp"
#include "crypto/sha256.hpp"
#include "repo/add_checks.hpp"
#include "repo/operations.hpp"
#include "repo/publish.hpp"
#include "repo/shared_links.hpp"
#include "repo/tree_state.hpp"
#include "repo/work_tree.hpp"
#include "store/chunk_reader.hpp"
#include "store/ingest.hpp"
#include "workdir/gitignore_block.hpp"

namespace cairn::repo {

namespace {

// One thing to add: a path of its own, or a place inside a tracked folder.
struct AddTarget {
  std::string path;                                // tracked path
  std::vector<std::string> inside;                 // empty: the whole
  std::optional<format::Pointer> old;              // the pointer that stands there now
  std::vector<format::ManifestEntry> old_entries;  // sorted by path
  LocalTree local;
  const workdir::TreeRoot* root = nullptr;
  std::string source;                     // path of the data below `root`
  bool foreign = false;                   // --from
  std::vector<std::size_t> reads;         // nodes to ingest
  std::vector<store::StoredFile> stored;  // of `reads`
  AddedPath report;
  format::Pointer pointer;

  [[nodiscard]] std::string source_path(std::size_t node) const {
    const auto& below = local.scan.nodes[node].path;
    return below.empty() ? source : source + "/" + below;
  }
};

bool below_or_equal(const std::string& path, const std::vector<std::string>& inside) {
  const auto covers = [&](const std::string& place) {
    return path == place || path.starts_with(place + "/");
  };
  return inside.empty() || std::ranges::any_of(inside, covers);
}

const format::ManifestEntry* find_entry(const std::vector<format::ManifestEntry>& entries,
                                        const std::string& path) {
  const auto at = std::ranges::lower_bound(entries, path, {}, &format::ManifestEntry::path);
  return at != entries.end() && at->path == path ? &*at : nullptr;
}

bool nothing_changed(const AddTarget& target) {
  const auto& local = target.local;
  if (local.interrupted) return false;  // git's index may not have the pointer yet
  if (!target.old || target.foreign || !local.cache.exists() ||
      local.cache.oid() != target.old->oid)
    return false;
  if (target.old->kind == format::Pointer::Kind::kFile && !local.present) return false;
  const bool all_known =
      std::ranges::all_of(local.ids, [](const auto& id) { return id.has_value(); });
  return all_known && local.ids.size() == local.cache.size();
}

// A pointer that git changed while the data stayed behind: adding would take the newer version back
// without a word.
Status refuse_stale(const AddTarget& target, const AddOptions& options) {
  if (options.force || target.foreign || !target.old || !target.local.cache.exists()) return {};
  if (target.local.cache.oid() == target.old->oid) return {};
  const auto shown = base::printable(target.path);
  return Error(Code::kConflict,
               "git changed the pointer of `" + shown + "`, and the data here is an older version")
      .hint("`cairn checkout " + shown + "` brings the data of the pointer")
      .hint("`cairn add --force " + shown + "` makes the data here the next version")
      .slug("stale-data");
}

// The parent version's entries: its cuts are kept for unchanged files, and a partial tree keeps
// what was never here.
Status load_old(const Context& context, Repository& repository, AddTarget& target) {
  if (!target.old) return {};
  CAIRN_TRY(auto* store, repository.store(context, store::Store::Access::kWrite));
  auto entries = load_entries(*target.old, store::page_fetch(*store));
  if (entries) {
    target.old_entries = *std::move(entries);
    return {};
  }
  const bool whole =
      target.inside.empty() && target.local.cache.exists() && !target.local.cache.partial();
  if (entries.error().code() == Code::kMissing && whole)
    return {};  // everything here is read again
  return not_here(std::move(entries).error(), target.path);
}

// Nodes whose content must be read: not known from the stat cache, or known but absent from the
// parent version.
void choose_reads(AddTarget& target) {
  const auto& nodes = target.local.scan.nodes;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (nodes[i].type != workdir::NodeType::kFile || !below_or_equal(nodes[i].path, target.inside))
      continue;
    const auto* old = find_entry(target.old_entries, nodes[i].path);
    const bool kept = target.local.ids[i] && old && old->type == format::EntryType::kFile &&
                      old->file_id == *target.local.ids[i];
    if (!kept) target.reads.push_back(i);
  }
}

Status ingest(const Context& context, Repository& repository, store::Session* session,
              const AddOptions& options, AddTarget& target) {
  std::vector<store::SourceFile> sources;
  sources.reserve(target.reads.size());
  for (const auto node : target.reads) {
    sources.push_back({target.source_path(node), target.local.scan.nodes[node].stat.size});
  }
  store::IngestOptions how;
  how.cutting =
      target.report.folder ? store::Cutting::kInlineUpTo16 : store::Cutting::kAlwaysRecipe;
  how.effort = options.fast ? codec::Effort::kFast : codec::Effort::kNormal;
  how.store = session != nullptr;
  target.stored.reserve(sources.size());
  const auto open = [&](std::size_t i) {
    return target.foreign ? target.root->open_read(sources[i].path)
                          : open_node(repository, target.path, target.local, target.reads[i]);
  };
  const auto visit = [&](std::size_t, const store::StoredFile& stored) -> Status {
    target.report.bytes += stored.size_bytes;
    target.stored.push_back(stored);
    return {};
  };
  CAIRN_TRY(auto* store, repository.store(context, store::Store::Access::kWrite));
  CAIRN_CHECK(store::ingest_files(context, *store, session, sources, how, open, visit));
  target.report.files_read = sources.size();
  return {};
}

format::ManifestEntry entry_of(const store::StoredFile& stored, const std::string& path) {
  format::ManifestEntry entry;
  entry.path = path;
  entry.size_bytes = stored.size_bytes;
  entry.file_id = stored.id;
  if (stored.chunks.size() > 1) entry.chunks = stored.chunks;
  if (stored.recipe) {
    entry.has_recipe = true;
    entry.recipe = *stored.recipe;
  }
  return entry;
}

// The new version's entry for one node, from what was stored or from the parent version.
Result<format::ManifestEntry> new_entry(const Repository& repository, AddTarget& target,
                                        std::size_t node, std::size_t& next_stored) {
  const auto& scanned = target.local.scan.nodes[node];
  const auto* old = find_entry(target.old_entries, scanned.path);
  format::ManifestEntry entry;
  entry.path = scanned.path;
  entry.type = entry_type(scanned.type);
  if (scanned.type == workdir::NodeType::kLink) {
    CAIRN_TRY(entry.target, target.foreign
                                ? target.root->read_link(target.source_path(node))
                                : read_node_link(repository, target.path, target.local, node));
    target.local.ids[node] = link_id(entry.target);
  } else if (scanned.type == workdir::NodeType::kEmptyFolder) {
    target.local.ids[node] = FileId();
  } else if (next_stored < target.reads.size() && target.reads[next_stored] == node) {
    const auto& stored = target.stored[next_stored++];
    target.local.ids[node] = stored.id;
    restamp(target.local, node, stored.fingerprint);
    const bool same = old && old->type == format::EntryType::kFile && old->file_id == stored.id;
    entry = same ? *old : entry_of(stored, scanned.path);
  } else {
    entry = *old;
  }
  if (scanned.type == workdir::NodeType::kFile)
    entry.executable = executable(target.local.scan.nodes[node].stat);
  if (!old) ++target.report.added;
  if (old && !old->same_content(entry)) ++target.report.changed;
  return entry;
}

// Whether an entry of the parent version stays although nothing is there: outside of what was asked
// for, or never here.
bool stays_unseen(const AddTarget& target, const std::string& path) {
  if (!below_or_equal(path, target.inside)) return true;
  if (target.foreign) return false;
  std::size_t hint = 0;
  return !target.local.cache.exists() ||
         (target.local.cache.partial() && !target.local.cache.knows(path, hint));
}

// Merges the scanned nodes with what stays of the parent version, in path order, into the new
// manifest.
Status build_folder(const Repository& repository, AddTarget& target, const format::PageSink& sink,
                    bool& partial) {
  format::ManifestBuilder builder(sink);
  std::size_t next_stored = 0, old = 0;
  const auto keep_until = [&](const std::string* path) -> Status {
    for (; old < target.old_entries.size() && (!path || target.old_entries[old].path < *path);
         ++old) {
      if (!stays_unseen(target, target.old_entries[old].path)) {
        ++target.report.removed;
        continue;
      }
      partial = partial || !target.local.cache.exists();
      CAIRN_CHECK(builder.add(target.old_entries[old]));
    }
    return {};
  };
  for (std::size_t node = 0; node < target.local.scan.nodes.size(); ++node) {
    const auto path = target.local.scan.nodes[node].path;
    CAIRN_CHECK(keep_until(&path));
    const bool in_old = old < target.old_entries.size() && target.old_entries[old].path == path;
    if (!below_or_equal(
            path, target.inside)) {  // not asked for: as it was, also when it was changed here
      if (in_old) CAIRN_CHECK(builder.add(target.old_entries[old]));
    } else {
      CAIRN_TRY(const auto entry, new_entry(repository, target, node, next_stored));
      CAIRN_CHECK(builder.add(entry));
    }
    if (in_old) ++old;
  }
  CAIRN_CHECK(keep_until(nullptr));
  CAIRN_TRY(const auto top, builder.finish());
  target.pointer.kind = format::Pointer::Kind::kFolder;
  target.pointer.oid = top.id.as<Digest>();
  target.pointer.files = top.a;
  target.pointer.size_bytes = top.b;
  return {};
}

Status build_file(AddTarget& target) {
  const auto& stored = target.stored.front();
  target.local.ids[0] = stored.id;
  target.local.scan.nodes[0].stat = workdir::stat_key(stored.fingerprint);
  target.pointer.kind = format::Pointer::Kind::kFile;
  target.pointer.oid = stored.id.as<Digest>();
  target.pointer.tree = stored.recipe;
  target.pointer.size_bytes = stored.size_bytes;
  target.pointer.executable = executable(target.local.scan.nodes[0].stat);
  if (target.old && target.old->oid == target.pointer.oid)
    target.pointer.tree = target.old->tree;  // keep its cuts
  return {};
}

// What the stat cache is to hold: every node that is now part of the version, with its id. What
// lies outside of this add keeps what the cache knew; without a stat it stays "changed" until it is
// added.
std::vector<workdir::CachedFile> cached_files(const AddTarget& target) {
  std::vector<workdir::CachedFile> out;
  out.reserve(target.local.scan.nodes.size());
  for (std::size_t i = 0; i < target.local.scan.nodes.size(); ++i) {
    const auto& node = target.local.scan.nodes[i];
    std::size_t hint = 0;
    const bool asked = below_or_equal(node.path, target.inside);
    if (target.local.ids[i] && (asked || target.local.cache.knows(node.path, hint))) {
      out.push_back({node.path, node.stat, *target.local.ids[i]});
    }
  }
  if (target.inside.empty()) return out;
  const auto asked_for = out.size();
  for (std::size_t i = 0; i < target.local.cache.size(); ++i) {
    const std::string path(target.local.cache.path(i));
    if (below_or_equal(path, target.inside)) continue;
    const auto known =
        std::ranges::lower_bound(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(asked_for),
                                 path, {}, &workdir::CachedFile::path);
    const bool listed =
        known != out.begin() + static_cast<std::ptrdiff_t>(asked_for) && known->path == path;
    if (!listed) out.push_back({path, workdir::StatKey(), target.local.cache.id(i)});
  }
  std::ranges::sort(out, {}, &workdir::CachedFile::path);
  return out;
}

Follow follow_of(LinkChoice links) {
  switch (links) {
    case LinkChoice::kKeep:
      return Follow::kNone;
    case LinkChoice::kFollow:
      return Follow::kAll;
    case LinkChoice::kUnset:
      break;
  }
  return Follow::kAdded;
}

Status add_target(const Context& context, Repository& repository, store::Session* session,
                  const AddOptions& options, AddTarget& target,
                  std::vector<Publication>& publications) {
  std::int64_t now_ns = 0;  // before anything is read: what changes later is seen as newer
  if (!target.foreign) {
    CAIRN_TRY(now_ns, workdir::StatCache::filesystem_now_ns(repository.state_directory()));
  }
  CAIRN_TRY(target.local, target.foreign ? read_foreign_tree(context, *target.root, target.source)
                                         : read_local_tree(context, repository, target.path,
                                                           follow_of(options.links)));
  CAIRN_CHECK(check_scan(*target.root, target.source, target.local, options.links, target.report));
  target.report.path = target.path;
  const bool is_file =
      target.local.scan.nodes.size() == 1 && target.local.scan.nodes[0].path.empty();
  target.report.folder = !is_file;
  if (nothing_changed(target)) {
    target.report.unchanged = true;
    target.report.files = target.local.scan.nodes.size();
    return {};
  }
  CAIRN_CHECK(refuse_stale(target, options));
  if (target.old && (target.old->kind == format::Pointer::Kind::kFile) != is_file)
    target.old.reset();
  if (target.report.folder) CAIRN_CHECK(load_old(context, repository, target));
  if (target.report.folder) choose_reads(target);
  if (!target.report.folder) target.reads.push_back(0);
  CAIRN_CHECK(ingest(context, repository, session, options, target));
  bool partial =
      target.report.folder && target.local.cache.exists() && target.local.cache.partial();
  const auto discard = [](const ChunkId&, base::Bytes) -> Status { return {}; };
  if (target.old) target.pointer.extra = target.old->extra;
  if (target.report.folder) {
    CAIRN_CHECK(build_folder(repository, target,
                             session ? session->page_sink() : format::PageSink(discard), partial));
  } else {
    CAIRN_CHECK(build_file(target));
  }
  target.report.files = target.report.folder ? target.pointer.files : 1;
  target.report.unchanged = target.old && *target.old == target.pointer;
  Publication publication{
      {target.path, target.pointer}, target.report.unchanged, !target.foreign, partial, {}, now_ns};
  if (!target.foreign) publication.files = cached_files(target);
  publications.push_back(std::move(publication));
  return {};
}

Result<std::vector<AddTarget>> find_targets(Repository& repository, const AddOptions& options) {
  CAIRN_TRY(const auto requests, resolve_add_requests(repository, options));
  std::vector<AddTarget> out;
  for (const auto& request : requests) {
    AddTarget target;
    target.path = request.path;
    target.inside = request.inside;
    target.old = request.old;
    target.root = &repository.tree();
    target.source = request.path;
    out.push_back(std::move(target));
  }
  return out;
}

}  // namespace

Result<AddReport> add(const Context& context, Repository& repository, const AddOptions& options) {
  CAIRN_CHECK(require_work_tree(repository));
  CAIRN_TRY(auto targets, find_targets(repository, options));
  std::optional<workdir::TreeRoot> foreign;
  if (!options.from.empty()) {
    CAIRN_TRY(foreign, open_foreign(repository, options));
    targets.front().root = &*foreign;
    targets.front().source = std::string(base::name_of(foreign_path(repository, options)));
    targets.front().foreign = true;
  }
  CAIRN_CHECK(base::make_directories(repository.state_directory()));
  CAIRN_TRY(auto* store, repository.store(context, store::Store::Access::kWrite));
  std::unique_ptr<store::Session> session;
  if (!options.dry_run) {
    CAIRN_TRY(session, store::Session::begin(context, *store));
  }
  AddReport report;
  std::vector<Publication> publications;
  for (auto& target : targets) {
    CAIRN_CHECK(add_target(context, repository, session.get(), options, target, publications));
    report.paths.push_back(target.report);
  }
  if (!session) return report;
  CAIRN_CHECK(session->commit());
  const auto totals = session->totals();
  report.new_plain_bytes = totals.plain_bytes;
  report.stored_bytes = totals.stored_bytes;
  report.chunks = totals.chunks;
  CAIRN_TRY(report.staged, publish(repository, publications, options.git_rm));
  return report;
}

}  // namespace cairn::repo
