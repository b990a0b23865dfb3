#include "repo/log.hpp"

#include <algorithm>
#include <set>

#include "base/counted.hpp"
#include "base/file.hpp"
#include "base/shell.hpp"
#include "base/text.hpp"
#include "format/tree.hpp"
#include "repo/details.hpp"
#include "repo/moved_pointer.hpp"
#include "repo/tree_state.hpp"
#include "repo/versions.hpp"
#include "store/chunk_reader.hpp"

namespace cairn::repo {

namespace {

using format::ManifestChange;
using format::ManifestEntry;
using format::Pointer;

struct FoundVersion {
  std::string tracked, moved_from;  // as in LogEntry
  git::PointerVersion version;
};
struct FoundVersions {
  std::string tracked, inside;
  std::vector<FoundVersion> versions;
};

// Goes on under the names that the path had before.
Status follow_moves(const Repository& repository, const format::PageFetch& pages, std::size_t limit,
                    FoundVersions& found) {
  while (found.versions.size() < limit) {
    auto& oldest = found.versions.back();
    if (oldest.version.before || !oldest.version.after) return {};
    CAIRN_TRY(const auto moved, moved_pointer(repository, pages, oldest.version.commit.id,
                                              oldest.tracked, *oldest.version.after));
    if (!moved) return {};
    oldest.moved_from = moved->path;
    oldest.version.before = moved->blob;
    const auto name = oldest.moved_from;
    CAIRN_TRY(auto older,
              repository.git().pointer_log(pointer_path(name), oldest.version.commit.id + "^1",
                                           limit - found.versions.size()));
    if (older.empty()) return {};
    for (auto& version : older) found.versions.push_back({name, "", std::move(version)});
  }
  return {};
}

Error no_history(const std::string& why) {
  return Error(Code::kUsage, why)
      .hint("`git commit` makes what `cairn add` staged a version")
      .slug("no-history");
}

// The nearest of the path and the folders above it that ever had a pointer in this history.
Result<FoundVersions> find_versions(const Repository& repository, const format::PageFetch& pages,
                                    const std::string& path, const LogOptions& options) {
  if (path.empty()) {
    return Error(Code::kUsage, "the whole repository has no versions of its own")
        .hint("`git log` lists commits, `cairn status` what is tracked");
  }
  const auto start = options.revision.empty() ? std::string("HEAD") : options.revision;
  if (options.revision.empty()) {
    CAIRN_TRY(const auto head, repository.git().head());
    if (!head) return no_history("there is no commit yet");
  }
  for (std::string tracked = path; !tracked.empty(); tracked = base::parent_of(tracked)) {
    const bool whole = tracked == path;
    CAIRN_TRY(auto versions, repository.git().pointer_log(pointer_path(tracked), start,
                                                          whole ? options.limit : SIZE_MAX));
    if (versions.empty()) continue;
    FoundVersions found{tracked, whole ? "" : path.substr(tracked.size() + 1), {}};
    for (auto& version : versions) found.versions.push_back({tracked, "", std::move(version)});
    CAIRN_CHECK(follow_moves(repository, pages, whole ? options.limit : SIZE_MAX, found));
    return found;
  }
  return no_history("no commit has the pointer `" + base::printable(pointer_path(path)) + "`");
}

std::uint64_t count_of_files(const Pointer& pointer) {
  return pointer.kind == Pointer::Kind::kFolder ? pointer.files : 1;
}
bool is_folder(const std::optional<Pointer>& pointer) {
  return pointer && pointer->kind == Pointer::Kind::kFolder;
}

class VersionLog {
 public:
  VersionLog(std::string inside, format::PageFetch pages)
      : inside_(std::move(inside)), fetch_(std::move(pages)) {}

  // Fills what changed and the file's id.
  Status describe(const std::optional<Pointer>& before, LogEntry& entry) const {
    LogChange change;
    const auto& after = entry.pointer;
    if (inside_.empty()) {
      change.old_bytes = before ? before->size_bytes : 0;
      change.new_bytes = after ? after->size_bytes : 0;
    }
    const auto visit = [&](const ManifestChange& item) -> Status {
      note(item, change, entry.file_id);
      return {};
    };
    if (is_folder(before) && is_folder(after)) {
      CAIRN_CHECK(format::diff_manifests(before->oid.as<ChunkId>(), after->oid.as<ChunkId>(),
                                         fetch_, visit));
    } else if (!inside_.empty()) {
      CAIRN_CHECK(walk(before, [&](const ManifestEntry& old) { return visit({&old, nullptr}); }));
      CAIRN_CHECK(walk(after, [&](const ManifestEntry& now) { return visit({nullptr, &now}); }));
    } else if (before && after && before->kind == after->kind) {
      change.changed = *before != *after;
    } else {
      change.removed = before ? count_of_files(*before) : 0;
      change.added = after ? count_of_files(*after) : 0;
    }
    entry.change = change;
    return {};
  }

 private:
  [[nodiscard]] bool covers(std::string_view path) const {
    return inside_.empty() || path == inside_ ||
           (path.starts_with(inside_) && path.substr(inside_.size()).starts_with('/'));
  }

  void note(const ManifestChange& item, LogChange& change, std::string& file_id) const {
    const auto& path = item.before ? item.before->path : item.after->path;
    if (!covers(path)) return;
    ++(!item.before ? change.added : !item.after ? change.removed : change.changed);
    if (inside_.empty()) return;
    if (item.before) change.old_bytes += item.before->size_bytes;
    if (item.after) change.new_bytes += item.after->size_bytes;
    if (item.after && path == inside_) file_id = item.after->file_id.hex();
  }

  // The entries at or below the place, of a folder that the other side does not have.
  Status walk(const std::optional<Pointer>& pointer,
              const std::function<Status(const ManifestEntry&)>& visit) const {
    if (!is_folder(pointer)) return {};
    const auto leaf = [&](const ChunkId&, const std::vector<ManifestEntry>& entries) -> Status {
      for (const auto& entry : entries) CAIRN_CHECK(visit(entry));
      return {};
    };
    const auto behind = inside_ + "0";  // '0' follows '/'
    const auto wanted = [&](std::string_view after, std::string_view upto) {
      return after < behind && inside_ <= upto;
    };
    return format::walk_manifest(pointer->oid.as<ChunkId>(), fetch_, leaf, wanted);
  }

  std::string inside_;
  format::PageFetch fetch_;
};

// One side that is no valid pointer (marks that were committed) is as if it were not there.
Result<std::optional<Pointer>> read_version_blob(const Repository& repository,
                                                 const std::optional<std::string>& blob) {
  if (!blob) return std::optional<Pointer>();
  return pointer_of_blob(repository, *blob);
}

// The lists that are here; `store` may be null: nothing was stored or fetched yet.
format::PageFetch pages_of(const store::Store* store) {
  if (store != nullptr) return store::page_fetch(*store);
  return [](const ChunkId&) -> Result<base::Bytes> {
    return Error(Code::kMissing, "nothing was stored or fetched in this clone");
  };
}

// Versions whose lists of files are not here: each list once, in the order of the commits.
class MissingLists {
 public:
  // What a commit has, or its parent under `^`.
  struct Side {
    std::string revision, name;
    std::optional<Pointer> pointer;
  };

  [[nodiscard]] bool empty() const { return found_.empty() && parents_.empty(); }
  // Whether one of both first pages is not here.
  bool note(Side after, Side before, const format::PageFetch& pages) {
    const auto lacks = [&](const Side& side) {
      return is_folder(side.pointer) && !has_list(*side.pointer, pages);
    };
    const bool lacks_after = lacks(after);
    const bool lacks_before = lacks(before);
    if (lacks_after) keep(std::move(after));
    if (lacks_before) parents_.push_back(std::move(before));
    return lacks_after || lacks_before;
  }

  // One failure for all of them, with one line that brings them.
  Error error(const std::string& inside, const std::string& start) && {
    for (auto& side : parents_) keep(std::move(side));
    const auto& first = found_.front();
    if (found_.size() == 1)
      return not_here(Error(Code::kMissing, "its list of files is not here"), first.name,
                      first.revision);
    std::vector<std::string> lines;
    for (const auto& side : found_)
      lines.push_back(side.revision + " " + base::printable(side.name));
    return with_first(
               Error(Code::kMissing, "what became of `" + base::printable(inside) +
                                         "` is not known: the lists of files of " +
                                         base::counted(found_.size(), "version") + " are not here"),
               lines)
        .hint("`" + way(start) + "` brings them")
        .slug("missing-object");
  }

 private:
  void keep(Side side) {
    if (seen_.insert(side.pointer->oid).second) found_.push_back(std::move(side));
  }

  // Many are those that git lists: also versions that are here, which cost a look.
  [[nodiscard]] std::string way(const std::string& start) const {
    constexpr std::size_t kTyped = 20;
    std::set<std::string> names;
    for (const auto& side : found_) names.insert(side.name);
    std::string revisions;
    if (found_.size() > kTyped) {
      revisions = " $(git rev-list " + base::shell_word(start) + " --";
      for (const auto& name : names) revisions += " " + base::shell_word(":/" + pointer_path(name));
      revisions += ")";
    } else {
      for (const auto& side : found_) revisions += " " + side.revision;
    }
    return "for rev in" + revisions + "; do cairn fetch --lists --rev $rev" +
           (names.size() == 1 ? " " + base::shell_word(*names.begin()) : std::string()) + "; done";
  }

  std::vector<Side> found_, parents_;
  std::set<Digest> seen_;
};

bool touched(const LogEntry& entry) {
  return entry.change->added + entry.change->removed + entry.change->changed > 0;
}

}  // namespace

Result<LogReport> log(const Context& context, Repository& repository, const LogOptions& options) {
  CAIRN_TRY(const auto path, repository.resolve_argument(options.path));
  auto store = repository.store(context, store::Store::Access::kRead);
  const auto pages = pages_of(store ? *store : nullptr);
  CAIRN_TRY(const auto found, find_versions(repository, pages, path, options));
  const VersionLog describing(found.inside, pages);
  LogReport report{found.tracked, found.inside, {}};
  MissingLists missing;
  for (const auto& [tracked, moved, version] : found.versions) {
    if (report.entries.size() == options.limit) break;
    LogEntry entry{tracked,
                   moved,
                   version.commit.id,
                   version.commit.author,
                   version.commit.subject,
                   version.commit.time_s,
                   {},
                   {},
                   {}};
    CAIRN_TRY(const auto before, read_version_blob(repository, version.before));
    CAIRN_TRY(entry.pointer, read_version_blob(repository, version.after));
    auto described = describing.describe(before, entry);
    const bool known = described.ok();
    const auto revision = version.commit.id.substr(0, 12);
    if (!known && described.error().code() != Code::kMissing)
      return not_here(std::move(described).error(), tracked, revision);
    if (!known && !found.inside.empty()) {
      if (!missing.note({revision, tracked, entry.pointer},
                        {revision + "^", moved.empty() ? tracked : moved, before}, pages))
        return not_here(std::move(described).error(), tracked, revision);
      continue;
    }
    if (!found.inside.empty() && moved.empty() && !touched(entry)) continue;
    report.entries.push_back(std::move(entry));
  }
  if (!missing.empty())
    return std::move(missing).error(found.inside,
                                    options.revision.empty() ? "HEAD" : options.revision);
  if (!report.entries.empty()) return report;
  return Error(Code::kUsage, "no commit has `" + base::printable(found.inside) + "` in `" +
                                 base::printable(found.tracked) + "`")
      .hint("`cairn ls " + base::shell_word(found.tracked) + "` lists its files")
      .slug("no-history");
}

}  // namespace cairn::repo
