// add: data -> store, pointer, ignore rule, git's index. One narrative per target: look, compare,
// store, then publish all.
#include <algorithm>
#include <set>

#include "base/file.hpp"
#include "base/shell.hpp"
#include "base/text.hpp"
#include "crypto/sha256.hpp"
#include "repo/add_base.hpp"
#include "repo/add_checks.hpp"
#include "repo/add_parents.hpp"
#include "repo/below.hpp"
#include "repo/chunker.hpp"
#include "repo/materialise_plan.hpp"
#include "repo/old_entries.hpp"
#include "repo/only_here.hpp"
#include "repo/operations.hpp"
#include "repo/publish.hpp"
#include "repo/shared_links.hpp"
#include "repo/tree_state.hpp"
#include "repo/work_tree.hpp"
#include "store/chunk_reader.hpp"
#include "store/ingest.hpp"
#include "store/page_patches.hpp"
#include "store/thin_frames.hpp"
#include "workdir/gitignore_block.hpp"

namespace cairn::repo {

namespace {

// How a file of several chunks was cut; of all others the id tells.
struct Cuts {
  std::size_t node = 0;
  std::vector<format::ChunkRef> chunks;
  std::optional<ChunkId> recipe;
};

// One thing to add: a path of its own, or a place inside a tracked folder. A folder may have
// millions of files: what is kept of each is its node, its id and, once stored, nothing else.
struct AddTarget {
  std::string path;                    // tracked path
  std::vector<std::string> inside;     // empty: the whole
  std::vector<std::string> standing;   // those of them that are there
  std::set<std::size_t> not_empty;     // empty folders here that files were left out of
  std::optional<format::Pointer> old;  // the pointer that stands there now
  format::PageFetch old_pages;         // of its entries; empty: there are none
  LocalTree local;
  const workdir::TreeRoot* root = nullptr;
  std::string source;              // path of the data below `root`
  bool foreign = false;            // --from
  std::vector<std::size_t> reads;  // nodes to ingest; then their ids and stamps are in `local`
  bool elsewhere = false;          // a remote is known to have the old version
  bool again = false;              // nothing changed here, but the store does not have all of it
  Parents parents;                 // of those that had a version before
  std::vector<Cuts> cuts;          // of those that have any, in order
  AddedPath report;
  format::Pointer pointer;

  [[nodiscard]] std::string source_path(std::size_t node) const {
    const auto& below = local.scan.nodes[node].path;
    return below.empty() ? source : source + "/" + below;
  }
};

bool below_or_equal(const std::string& path, const std::vector<std::string>& inside) {
  const auto covers = [&](const std::string& place) { return is_at_or_below(path, place); };
  return inside.empty() || std::ranges::any_of(inside, covers);
}

OldEntries old_entries(const AddTarget& target) {
  return target.old_pages ? OldEntries(target.old->oid.as<ChunkId>(), target.old_pages)
                          : OldEntries();
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

std::optional<std::size_t> node_at(const AddTarget& target, std::string_view path) {
  const auto& nodes = target.local.scan.nodes;
  const auto at = std::ranges::lower_bound(nodes, path, {}, &workdir::ScannedNode::path);
  if (at == nodes.end() || at->path != path) return std::nullopt;
  return static_cast<std::size_t>(at - nodes.begin());
}

// Whether something is here below what was a file, a link or an empty folder in the version.
bool is_filled(const AddTarget& target, const std::string& path) {
  const auto& nodes = target.local.scan.nodes;
  const auto at = std::ranges::lower_bound(nodes, path + "/", {}, &workdir::ScannedNode::path);
  return at != nodes.end() && is_at_or_below(at->path, path);
}

// Of the places that were asked for, those where something is. What the version has above one of
// them, such as an empty folder, gives way.
std::vector<std::string> standing_places(const AddTarget& target) {
  auto out = target.inside;
  std::erase_if(out, [&](const std::string& place) {
    return !node_at(target, place) && !is_filled(target, place);
  });
  return out;
}

bool gives_way(const AddTarget& target, const std::string& path) {
  if (target.inside.empty()) return is_filled(target, path);
  return std::ranges::any_of(target.standing, [&](const std::string& place) {
    return place != path && is_at_or_below(place, path);
  });
}

// A place that is gone means: remove it from the next version. One that never was is a slip of the
// pen; where only a part was checked out, or nothing, the version may have it.
Status require_known_places(const AddTarget& target) {
  const auto& cache = target.local.cache;
  if (!cache.exists() || cache.partial()) return {};
  for (const auto& place : target.inside) {
    bool known = std::ranges::find(target.standing, place) != target.standing.end();
    for (std::size_t i = 0; !known && i < cache.size(); ++i)
      known = is_at_or_below(std::string(cache.path(i)), place);
    if (!known) return not_in_version(target.path, place);
  }
  return {};
}

// Every file is read again.
void forget_ids(LocalTree& local) {
  for (std::size_t i = 0; i < local.ids.size(); ++i) {
    if (local.scan.nodes[i].type == workdir::NodeType::kFile) local.ids[i].reset();
  }
}

// A pointer that git changed while the data stayed behind: adding would take the newer version back
// without a word.
Status refuse_stale(const AddTarget& target, const AddOptions& options) {
  if (options.force || target.foreign || !target.old || !target.local.cache.exists()) return {};
  if (target.local.cache.oid() == target.old->oid) return {};
  const auto shown = base::printable(target.path);
  return Error(Code::kConflict,
               "git changed the pointer of `" + shown + "`, and the data here is an older version")
      .hint("`cairn checkout " + base::shell_word(target.path) + "` brings the data of the pointer")
      .hint("`cairn add --force " + base::shell_word(target.path) +
            "` makes the data here the next version")
      .slug("stale-data");
}

// Nodes whose content must be read: not known from the stat cache, or known but absent from the
// parent version. All of its pages are read, so that what is missing shows before anything is
// stored.
Status choose_reads(AddTarget& target) {
  OldEntries old_version = old_entries(target);
  const auto& nodes = target.local.scan.nodes;
  format::ManifestEntry before;  // the last large one that is also in the parent version
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (nodes[i].type != workdir::NodeType::kFile || !below_or_equal(nodes[i].path, target.inside))
      continue;
    CAIRN_TRY(const auto* old, old_version.find(nodes[i].path));
    if (old && old->type == format::EntryType::kFile && old->size_bytes > kParentWorthBytes)
      before = *old;
    const bool kept = target.local.ids[i] && old && old->type == format::EntryType::kFile &&
                      old->file_id == *target.local.ids[i];
    if (kept) continue;
    if (before.path == nodes[i].path ||
        (!old && is_sibling(before, nodes[i].path, nodes[i].stat.size)))
      target.parents.note(target.reads.size(), nodes[i].stat.size, version_of(before));
    target.reads.push_back(i);
  }
  for (;;) {
    CAIRN_TRY(const auto* rest, old_version.peek());
    if (rest == nullptr) return {};
    old_version.next();
  }
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

// Finds what is here in place of a folder whose files were left out: an empty folder says nothing,
// a file or link cannot stand beside them.
Status settle_left_out(AddTarget& target) {
  const auto& cache = target.local.cache;
  if (target.foreign || (cache.exists() && !cache.partial())) return {};
  OldEntries old_version = old_entries(target);
  for (;; old_version.next()) {
    CAIRN_TRY(const auto* old, old_version.peek());
    if (!old) return {};
    if (gives_way(target, old->path) || !stays_unseen(target, old->path)) continue;
    for (auto end = old->path.find('/'); end != std::string::npos;
         end = old->path.find('/', end + 1)) {
      const std::string_view above = std::string_view(old->path).substr(0, end);
      const auto node = node_at(target, above);
      if (!node) continue;
      const auto& [path, type, stat] = target.local.scan.nodes[*node];
      if (!below_or_equal(path, target.inside)) continue;
      if (type != workdir::NodeType::kEmptyFolder)
        return stands_in_the_way(target.path, path, old->path);
      target.not_empty.insert(*node);
    }
  }
}

// Compares with the parent version: its cuts are kept for unchanged files, and a partial tree keeps
// what was never here.
Status compare_with_old(const Context& context, Repository& repository, AddTarget& target) {
  if (target.old) {
    CAIRN_TRY(auto* store, repository.store(context, store::Store::Access::kWrite));
    target.old_pages = store::page_fetch(*store);
  }
  auto chosen = choose_reads(target);
  if (chosen) return settle_left_out(target);
  const bool whole =
      target.inside.empty() && target.local.cache.exists() && !target.local.cache.partial();
  if (chosen.error().code() != Code::kMissing || !whole)
    return not_here(std::move(chosen).error(), target.path);
  target.old_pages = nullptr;  // everything here is read again
  target.reads.clear();
  target.parents = {};
  return choose_reads(target);
}

Status ingest(const Context& context, Repository& repository, store::Session* session,
              const AddOptions& options, AddTarget& target) {
  const store::SourceList sources(
      target.reads.size(),
      [&](std::size_t i) { return target.local.scan.nodes[target.reads[i]].stat.size; },
      [&](std::size_t i) { return target.source_path(target.reads[i]); });
  store::IngestOptions how;
  how.cutting =
      target.report.folder ? store::Cutting::kInlineUpTo16 : store::Cutting::kAlwaysRecipe;
  how.effort = options.fast ? codec::Effort::kFast : codec::Effort::kNormal;
  how.store = session != nullptr;
  how.chunker = pinned_chunker(repository);
  if (!target.parents.empty()) {
    how.parent = [&target](std::size_t i) { return target.parents.of(i); };
  }
  const auto open = [&](std::size_t i) {
    return target.foreign ? target.root->open_read(sources.path(i))
                          : open_node(repository, target.path, target.local, target.reads[i]);
  };
  const auto visit = [&](std::size_t i, const store::StoredFile& stored) -> Status {
    const std::size_t node = target.reads[i];
    target.report.bytes += stored.size_bytes;
    target.local.ids[node] = stored.id;
    if (!stored.note.empty())
      context.log.verbose("`" + sources.path(i) + "` " + stored.note + ": stored like other bytes");
    restamp(target.local, node, stored.fingerprint);
    if (stored.recipe || stored.chunks.size() > 1)
      target.cuts.push_back({node, stored.chunks, stored.recipe});
    return {};
  };
  CAIRN_TRY(auto* store, repository.store(context, store::Store::Access::kWrite));
  store::begin_progress(context, "adding", sources);
  CAIRN_CHECK(store::ingest_files(context, *store, session, sources, how, open, visit));
  target.report.files_read = sources.count;
  return {};
}

// Goes along `reads` and `cuts` while the nodes are visited in order.
struct ReadPlace {
  std::size_t read = 0;
  std::size_t cuts = 0;
};

format::ManifestEntry read_entry(const AddTarget& target, std::size_t node, ReadPlace& place) {
  format::ManifestEntry entry;
  const auto& scanned = target.local.scan.nodes[node];
  entry.path = scanned.path;
  entry.size_bytes = scanned.stat.size;
  entry.file_id = *target.local.ids[node];
  if (place.cuts == target.cuts.size() || target.cuts[place.cuts].node != node) return entry;
  const Cuts& cuts = target.cuts[place.cuts++];
  entry.chunks = cuts.chunks;
  if (cuts.recipe) {
    entry.has_recipe = true;
    entry.recipe = *cuts.recipe;
  }
  return entry;
}

void count_change(const format::ManifestEntry* old, const format::ManifestEntry* entry,
                  AddedPath& report) {
  if (old && entry && old->same_content(*entry)) return;
  const auto is_file = [](const auto* one) { return one && one->type == format::EntryType::kFile; };
  const bool before = is_file(old), after = is_file(entry);
  auto& count = before && after ? report.changed
                : before        ? report.removed
                : after         ? report.added
                                : report.others_changed;
  ++count;
}

// The new version's entry for one node, from what was read or from the parent version.
Result<format::ManifestEntry> new_entry(const Repository& repository, AddTarget& target,
                                        std::size_t node, const format::ManifestEntry* old,
                                        ReadPlace& place) {
  const auto& scanned = target.local.scan.nodes[node];
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
  } else if (place.read < target.reads.size() && target.reads[place.read] == node) {
    ++place.read;
    entry = read_entry(target, node, place);
    if (old && old->type == format::EntryType::kFile && old->file_id == entry.file_id) entry = *old;
  } else {
    entry = *old;
  }
  if (scanned.type == workdir::NodeType::kFile)
    entry.executable = executable(target.local.scan.nodes[node].stat);
  count_change(old, &entry, target.report);
  return entry;
}

// Merges the scanned nodes with what stays of the parent version, in path order, into the new
// manifest.
Status build_folder(const Repository& repository, AddTarget& target, const format::PageSink& sink,
                    bool& partial) {
  format::ManifestBuilder builder(sink);
  ReadPlace place;
  OldEntries old_version = old_entries(target);
  const auto keep_until = [&](const std::string* path) -> Status {
    for (;; old_version.next()) {
      CAIRN_TRY(const auto* old, old_version.peek());
      if (!old || (path && old->path >= *path)) return {};
      if (gives_way(target, old->path) || !stays_unseen(target, old->path)) {
        count_change(old, nullptr, target.report);
        continue;
      }
      partial = partial || !target.local.cache.exists();
      CAIRN_CHECK(builder.add(*old));
    }
  };
  for (std::size_t node = 0; node < target.local.scan.nodes.size(); ++node) {
    const auto& path = target.local.scan.nodes[node].path;
    if (target.not_empty.contains(node)) continue;
    CAIRN_CHECK(keep_until(&path));
    CAIRN_TRY(const auto* old, old_version.find(path));
    if (!below_or_equal(
            path, target.inside)) {  // not asked for: as it was, also when it was changed here
      if (old) CAIRN_CHECK(builder.add(*old));
    } else {
      CAIRN_TRY(const auto entry, new_entry(repository, target, node, old, place));
      CAIRN_CHECK(builder.add(entry));
    }
    if (old) old_version.next();
  }
  CAIRN_CHECK(keep_until(nullptr));
  CAIRN_TRY(const auto top, builder.finish());
  target.pointer.kind = format::Pointer::Kind::kFolder;
  target.pointer.oid = top.id.as<Digest>();
  target.pointer.files = top.a;
  target.pointer.size_bytes = top.b;
  return {};
}

// The same into the store, where pages go on top of those of the earlier version.
Status store_folder(const Context& context, Repository& repository, store::Session& session,
                    const AddOptions& options, AddTarget& target, bool& partial) {
  if (!target.old || options.base == kNoBase)
    return build_folder(repository, target, session.page_sink(), partial);
  CAIRN_TRY(auto* store, repository.store(context, store::Store::Access::kWrite));
  store::ManifestPatches pages(context, *store, session, target.old->oid.as<ChunkId>());
  CAIRN_CHECK(build_folder(repository, target, pages.sink(), partial));
  pages.finish();
  return {};
}

Status build_file(AddTarget& target) {
  const auto& stat = target.local.scan.nodes[0].stat;
  target.pointer.kind = format::Pointer::Kind::kFile;
  target.pointer.oid = target.local.ids[0]->as<Digest>();
  if (!target.cuts.empty()) target.pointer.tree = target.cuts.front().recipe;
  target.pointer.size_bytes = stat.size;
  target.pointer.executable = executable(stat);
  if (target.old && target.old->oid == target.pointer.oid)
    target.pointer.tree = target.old->tree;  // keep its cuts
  return {};
}

// What the stat cache is to hold: every node that is now part of the version, with its id. What
// lies outside of this add keeps what the cache knew; without a stat it stays "changed" until it is
// added.
std::vector<workdir::CachedFile> take_cached_files(AddTarget& target) {
  std::vector<workdir::CachedFile> out;
  out.reserve(target.local.scan.nodes.size());
  for (std::size_t i = 0; i < target.local.scan.nodes.size(); ++i) {
    auto& node = target.local.scan.nodes[i];
    std::size_t hint = 0;
    const bool asked = below_or_equal(node.path, target.inside);
    if (target.local.ids[i] && (asked || target.local.cache.knows(node.path, hint))) {
      out.push_back({std::move(node.path), node.stat, *target.local.ids[i]});
    }
  }
  if (target.inside.empty()) return out;
  const auto asked_for = out.size();
  for (std::size_t i = 0; i < target.local.cache.size(); ++i) {
    const std::string path(target.local.cache.path(i));
    if (below_or_equal(path, target.inside) || gives_way(target, path)) continue;
    const auto known =
        std::ranges::lower_bound(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(asked_for),
                                 path, {}, &workdir::CachedFile::path);
    const bool listed =
        known != out.begin() + static_cast<std::ptrdiff_t>(asked_for) && known->path == path;
    if (listed) continue;
    workdir::StatKey stat;  // no file's
    stat.mode = target.local.cache.mode(i);
    out.push_back({path, stat, target.local.cache.id(i)});
  }
  std::ranges::sort(out, {}, &workdir::CachedFile::path);
  return out;
}

// A file that is tracked by itself, and what it may be a patch of.
Status read_lone_file(const Context& context, Repository& repository, const AddOptions& options,
                      AddTarget& target) {
  std::optional<format::Pointer> parent = target.old;
  if (!options.base.empty() && options.base != kNoBase) {
    CAIRN_TRY(parent, find_base(context, repository, options.base, target.path));
  }
  if (parent) target.parents.note(0, target.local.scan.nodes[0].stat.size, version_of(*parent));
  target.reads.push_back(0);
  return {};
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
  CAIRN_TRY(target.local, target.foreign ? read_foreign_tree(context, *target.root, target.source)
                                         : read_local_tree(context, repository, target.path,
                                                           follow_of(options.links)));
  CAIRN_CHECK(check_scan(*target.root, target.source, target.local, options.links, target.report));
  target.standing = standing_places(target);
  CAIRN_CHECK(require_known_places(target));
  target.report.path = target.path;
  const bool is_file =
      target.local.scan.nodes.size() == 1 && target.local.scan.nodes[0].path.empty();
  target.report.folder = !is_file;
  if (!is_file && !options.base.empty() && options.base != kNoBase) {
    return Error(Code::kUsage,
                 "--base is for files, and `" + base::printable(target.path) + "` is a folder")
        .hint("files in a folder are based on their own last version");
  }
  if (nothing_changed(target)) {
    const bool looked_for = !options.dry_run && !target.local.cache.partial() && !target.elsewhere;
    const Tracked tracked{target.path, *target.old};
    CAIRN_TRY(target.again,
              looked_for ? is_only_here(context, repository, tracked, {}) : Result<bool>(false));
    target.report.unchanged = !target.again;
    target.report.files = target.old->kind == format::Pointer::Kind::kFile ? 1 : target.old->files;
    if (!target.again) return {};
    forget_ids(target.local);
  }
  std::int64_t now_ns = 0;  // before anything is read: what changes later is seen as newer
  if (!target.foreign) {
    CAIRN_TRY(now_ns, workdir::StatCache::filesystem_now_ns(repository.state_directory()));
  }
  CAIRN_CHECK(refuse_stale(target, options));
  if (target.old && (target.old->kind == format::Pointer::Kind::kFile) != is_file)
    target.old.reset();
  if (target.report.folder) CAIRN_CHECK(compare_with_old(context, repository, target));
  if (!target.report.folder) CAIRN_CHECK(read_lone_file(context, repository, options, target));
  if (options.base == kNoBase) target.parents = {};
  CAIRN_CHECK(ingest(context, repository, session, options, target));
  bool partial =
      target.report.folder && target.local.cache.exists() && target.local.cache.partial();
  if (target.old) target.pointer.extra = target.old->extra;
  if (target.report.folder && session != nullptr) {
    CAIRN_CHECK(store_folder(context, repository, *session, options, target, partial));
  } else if (target.report.folder) {
    const auto discard = [](const ChunkId&, const base::Bytes&) -> Status { return {}; };
    CAIRN_CHECK(build_folder(repository, target, discard, partial));
  } else {
    CAIRN_CHECK(build_file(target));
  }
  target.report.files = target.report.folder ? target.pointer.files : 1;
  target.report.unchanged = target.old && *target.old == target.pointer;
  target.old_pages = nullptr;
  Publication publication{{target.path, target.pointer},
                          target.report.unchanged,
                          !target.foreign,
                          {target.pointer.oid, partial, {}},
                          now_ns,
                          target.foreign ? foreign_path(repository, options) : std::string()};
  if (!target.foreign) publication.state.files = take_cached_files(target);
  target.local = LocalTree();  // of a large folder nothing stays but what is saved of it
  decltype(target.reads)().swap(target.reads);
  target.parents = {};
  publications.push_back(std::move(publication));
  return {};
}

// What the new version still uses of frames that it mostly left behind is stored again, so that
// reading it never costs much more than its own bytes.
Status renew_frames(const Context& context, const store::Store& store, store::Session& session,
                    const AddOptions& options, const AddTarget& target) {
  if (!target.old || target.report.unchanged) return {};
  const auto effort = options.fast ? codec::Effort::kFast : codec::Effort::kNormal;
  CAIRN_TRY(const auto renewed,
            store::renew_thin_frames(context, store, session, *target.old, target.pointer, effort));
  if (renewed.chunks == 0) return {};
  context.log.verbose("stored " + base::human_bytes(renewed.plain_bytes) + " of `" + target.path +
                      "` again, out of " + std::to_string(renewed.frames) +
                      " frames that hardly served it any more");
  return session.commit();
}

Result<std::vector<AddTarget>> find_targets(Repository& repository, const AddOptions& options) {
  CAIRN_TRY(const auto requests, resolve_add_requests(repository, options));
  std::set<Digest> pushed;
  if (!options.force) {
    CAIRN_TRY(pushed, pushed_anywhere(repository));
  }
  std::vector<AddTarget> out;
  for (const auto& request : requests) {
    AddTarget target;
    target.path = request.path;
    target.inside = request.inside;
    target.old = request.old;
    const auto closure = request.old ? request.old->closure_id() : std::nullopt;
    target.elsewhere = closure && pushed.contains(*closure);
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
  for (const auto& target : targets) {
    if (target.again)
      CAIRN_CHECK(require_stored(context, repository, {target.path, target.pointer}));
  }
  for (const auto& target : targets)
    CAIRN_CHECK(renew_frames(context, *store, *session, options, target));
  report.new_plain_bytes = totals.plain_bytes;
  report.stored_bytes = session->totals().stored_bytes;
  report.chunks = totals.chunks;
  CAIRN_TRY(report.staged, publish(repository, publications, options.git_rm));
  return report;
}

}  // namespace cairn::repo
