// diff: two versions compared by pages, so that equal subtrees cost nothing: files added, removed,
// changed, moved, and the bytes that the newer one does not share with the older.
#include <algorithm>
#include <map>
#include <unordered_map>
#include <unordered_set>

#include "base/shell.hpp"
#include "base/text.hpp"
#include "repo/below.hpp"
#include "repo/inside_diff.hpp"
#include "repo/materialise_plan.hpp"
#include "repo/operations.hpp"
#include "repo/tree_state.hpp"
#include "workdir/materialise.hpp"

namespace cairn::repo {

namespace {

using Pointers = std::map<std::string, format::Pointer>;

using Paths = std::vector<std::string>;

// Without paths, everything is wanted; a path inside of a tracked folder wants that folder.
bool is_wanted(const std::string& tracked, const Paths& paths) {
  const auto covers = [&](const std::string& place) {
    return is_at_or_below(tracked, place) || is_at_or_below(place, tracked);
  };
  return paths.empty() || std::ranges::any_of(paths, covers);
}

Result<Pointers> side(const Repository& repository, const std::string& revision, bool work_tree,
                      const Paths& paths) {
  std::vector<Tracked> tracked;
  if (work_tree) {
    CAIRN_TRY(tracked, repository.tracked_for(paths));
  } else {
    CAIRN_TRY(const auto commit, repository.git().resolve_commit(revision));
    CAIRN_TRY(tracked, repository.tracked_at(commit));
  }
  Pointers out;
  for (auto& item : tracked) {
    if (is_wanted(item.path, paths)) out.emplace(item.path, std::move(item.pointer));
  }
  return out;
}

// A path that neither side tracks would look as if nothing had changed there.
Error unknown_word(const std::string& word) {
  auto error = Error(Code::kUsage, "`" + base::printable(word) +
                                       "` is no path that either side tracks, and no revision")
                   .slug("not-tracked");
  const auto dots = word.find("..");
  const auto behind = word.find_first_not_of('.', dots);
  if (dots != 0 && dots != std::string::npos && behind != std::string::npos) {
    return std::move(error).hint("`cairn diff " + base::shell_word(word.substr(0, dots)) + " " +
                                 base::shell_word(word.substr(behind)) +
                                 "` compares two revisions");
  }
  return std::move(error)
      .hint("`cairn ls` lists the files here, `cairn ls --rev REV` those of a revision")
      .hint("`git fetch --tags` brings branches and tags");
}

Status require_known(const Pointers& all, const Paths& paths) {
  for (const auto& path : paths) {
    const auto known = [&](const auto& item) { return is_wanted(item.first, {path}); };
    if (std::ranges::none_of(all, known)) return unknown_word(path);
  }
  return {};
}

// The places inside of a tracked folder that were asked for; none: the whole.
Paths places_in(const std::string& tracked, const Paths& paths) {
  Paths out;
  for (const auto& path : paths) {
    if (!path.starts_with(tracked + "/")) {
      if (is_wanted(tracked, {path})) return {};
    } else {
      out.push_back(path);
    }
  }
  return out;
}

// Both sides have this version.
Status require_in(const Tracked& version, const std::string& revision, const Paths& places,
                  const format::PageFetch& fetch) {
  if (places.empty()) return {};
  auto entries = load_entries(version.pointer, fetch);
  if (!entries) return not_here(std::move(entries).error(), version.path, revision);
  Selected selected{version, {}};
  for (const auto& place : places) selected.inside.push_back(place.substr(version.path.size() + 1));
  return require_places(selected, *entries);
}

class PathDiff {
 public:
  // `places`, where there are any, are all that is looked at.
  PathDiff(const store::Store& store, std::string path, Paths places, bool inside)
      : store_(store),
        fetch_(store::page_fetch(store)),
        places_(std::move(places)),
        inside_(inside) {
    out_.path = std::move(path);
  }

  Result<DiffPath> run(const format::Pointer* before, const format::Pointer* after) {
    out_.added = before == nullptr;
    out_.removed = after == nullptr;
    if (before) CAIRN_CHECK(count(*before, out_.old_bytes, out_.old_files));
    if (after) CAIRN_CHECK(count(*after, out_.new_bytes, out_.new_files));
    if (!places_.empty() && !found_)
      return not_in_version(out_.path, places_.front().substr(out_.path.size() + 1));
    const bool folders = before && after && before->kind == format::Pointer::Kind::kFolder &&
                         after->kind == format::Pointer::Kind::kFolder;
    if (folders) {
      const auto visit = [&](const format::ManifestChange& change) {
        return note(change.before, change.after);
      };
      CAIRN_CHECK(format::diff_manifests(before->oid.as<ChunkId>(), after->oid.as<ChunkId>(),
                                         fetch_, visit));
    } else {
      CAIRN_CHECK(whole(before, true));
      CAIRN_CHECK(whole(after, false));
      join_changed();
    }
    find_moves();
    for (const auto& entry : new_entries_) CAIRN_CHECK(count_chunks(entry));
    if (before && after) CAIRN_CHECK(look_in_unchanged(*before));
    sum_up();
    return std::move(out_);
  }

  // Of changed files that both versions have under one path.
  Status look_inside(const Context& context, DiffPath& path) const {
    for (DiffFile& file : path.files) {
      const auto before = old_inside_.find(file.path);
      const auto after = new_inside_.find(file.path);
      if (file.kind != DiffFile::Kind::kChanged || before == old_inside_.end()) continue;
      if (after == new_inside_.end()) continue;
      CAIRN_TRY(file.inside,
                diff_inside(context, store_, file.path, before->second, after->second));
    }
    return {};
  }

 private:
  [[nodiscard]] std::string full_path(const std::string& inside) const {
    return inside.empty() ? out_.path : out_.path + "/" + inside;
  }
  [[nodiscard]] bool looks_at(const std::string& path) const {
    return places_.empty() || std::ranges::any_of(places_, [&](const std::string& place) {
             return is_at_or_below(path, place);
           });
  }

  Status count(const format::Pointer& pointer, std::uint64_t& bytes, std::uint64_t& files) {
    if (places_.empty()) {
      bytes = pointer.size_bytes;
      files = pointer.kind == format::Pointer::Kind::kFile ? 1 : pointer.files;
      return {};
    }
    CAIRN_TRY(const auto entries, load_entries(pointer, fetch_));
    for (const auto& entry : entries) {
      if (!looks_at(full_path(entry.path))) continue;
      found_ = true;
      bytes += entry.size_bytes;
      files += entry.type == format::EntryType::kFile ? 1 : 0;
    }
    return {};
  }

  Status whole(const format::Pointer* pointer, bool is_before) {
    if (!pointer) return {};
    CAIRN_TRY(const auto entries, load_entries(*pointer, fetch_));
    for (const auto& entry : entries)
      CAIRN_CHECK(is_before ? note(&entry, nullptr) : note(nullptr, &entry));
    return {};
  }

  Status note(const format::ManifestEntry* before, const format::ManifestEntry* after) {
    DiffFile file;
    file.path = full_path(before ? before->path : after->path);
    if (!looks_at(file.path)) return {};
    file.kind = !before  ? DiffFile::Kind::kAdded
                : !after ? DiffFile::Kind::kRemoved
                         : DiffFile::Kind::kChanged;
    if (inside_ && may_have_inside(file.path)) {
      if (before) old_inside_.emplace(file.path, *before);
      if (after) new_inside_.emplace(file.path, *after);
    }
    if (before) {
      file.old_size = before->size_bytes;
      CAIRN_CHECK(for_each_chunk(*before, [&](const format::ChunkRef& chunk) -> Status {
        old_chunks_.insert(chunk.id);
        return {};
      }));
    }
    if (after) file.new_size = after->size_bytes;
    if (after) new_entries_.push_back(*after);
    ids_.push_back(before ? before->file_id : after->file_id);
    out_.files.push_back(std::move(file));
    return {};
  }

  // A file tracked on its own gives one removed and one added entry of the same path.
  void join_changed() {
    if (out_.files.size() != 2 || out_.files[0].path != out_.files[1].path) return;
    out_.files[0].kind = DiffFile::Kind::kChanged;
    out_.files[0].new_size = out_.files[1].new_size;
    const bool same = ids_[0] == ids_[1];
    out_.files.resize(same ? 0 : 1);
    ids_.resize(out_.files.size());
  }

  // Removed and added files with the same content are one move.
  void find_moves() {
    std::unordered_map<FileId, std::size_t> removed;
    for (std::size_t i = 0; i < out_.files.size(); ++i) {
      const bool moved_candidate =
          out_.files[i].kind == DiffFile::Kind::kRemoved && out_.files[i].old_size > 0;
      if (moved_candidate) removed.emplace(ids_[i], i);
    }
    std::unordered_set<std::size_t> gone;
    for (std::size_t i = 0; i < out_.files.size(); ++i) {
      if (out_.files[i].kind != DiffFile::Kind::kAdded) continue;
      const auto from = removed.find(ids_[i]);
      if (from == removed.end()) continue;
      out_.files[i].kind = DiffFile::Kind::kMoved;
      out_.files[i].old_path = out_.files[from->second].path;
      out_.files[i].old_size = out_.files[from->second].old_size;
      gone.insert(from->second);
      removed.erase(from);
    }
    std::vector<DiffFile> left;
    for (std::size_t i = 0; i < out_.files.size(); ++i) {
      if (gone.count(i) != 0) continue;
      tally(out_.files[i].kind);
      left.push_back(std::move(out_.files[i]));
    }
    out_.files = std::move(left);
  }

  void tally(DiffFile::Kind kind) {
    out_.files_added += kind == DiffFile::Kind::kAdded;
    out_.files_removed += kind == DiffFile::Kind::kRemoved;
    out_.files_changed += kind == DiffFile::Kind::kChanged;
    out_.files_moved += kind == DiffFile::Kind::kMoved;
  }

  Status count_chunks(const format::ManifestEntry& entry) {
    return for_each_chunk(entry, [&](const format::ChunkRef& chunk) -> Status {
      if (counted_.insert(chunk.id).second) ++out_.chunks;
      if (old_chunks_.count(chunk.id) != 0) return {};
      auto& fresh = fresh_[chunk.id];
      fresh.length = chunk.length;
      ++fresh.times;
      return {};
    });
  }

  // What seems new may still stand in a file of the older version that did not change.
  Status look_in_unchanged(const format::Pointer& before) {
    if (fresh_.empty() || before.kind != format::Pointer::Kind::kFolder) return {};
    const auto leaf = [&](const ChunkId&,
                          const std::vector<format::ManifestEntry>& entries) -> Status {
      for (const auto& entry : entries) {
        CAIRN_CHECK(for_each_chunk(entry, [&](const format::ChunkRef& chunk) -> Status {
          fresh_.erase(chunk.id);
          return {};
        }));
      }
      return {};
    };
    return format::walk_manifest(before.oid.as<ChunkId>(), fetch_, leaf);
  }

  void sum_up() {
    out_.reused_bytes = out_.new_bytes;
    for (const auto& [id, fresh] : fresh_) {
      out_.new_chunk_bytes += fresh.length;
      out_.reused_bytes -= std::min(out_.reused_bytes, fresh.length * fresh.times);
    }
    out_.chunks_reused = out_.chunks - fresh_.size();
  }

  Status for_each_chunk(const format::ManifestEntry& entry,
                        const std::function<Status(const format::ChunkRef&)>& visit) {
    if (entry.type != format::EntryType::kFile) return {};
    return workdir::for_each_chunk(entry, fetch_, visit);
  }

  const store::Store& store_;
  format::PageFetch fetch_;
  const Paths places_;
  const bool inside_;
  bool found_ = false;  // something at the places
  DiffPath out_;
  std::map<std::string, format::ManifestEntry> old_inside_, new_inside_;  // of models and tables
  std::vector<FileId> ids_;                                               // beside out_.files
  std::vector<format::ManifestEntry> new_entries_;
  std::unordered_set<ChunkId> old_chunks_, counted_;
  struct Fresh {
    std::uint64_t length = 0, times = 0;
  };
  std::unordered_map<ChunkId, Fresh>
      fresh_;  // chunks of the newer version that the older one lacks
};

}  // namespace

Result<DiffReport> diff(const Context& context, Repository& repository,
                        const DiffOptions& options) {
  CAIRN_TRY(const auto paths, repository.resolve_arguments(options.paths));
  const std::string from_revision = options.from.empty() ? "HEAD" : options.from;
  CAIRN_TRY(const auto before, side(repository, from_revision, false, paths));
  CAIRN_TRY(const auto after, side(repository, options.to, options.to.empty(), paths));
  Pointers all = before;
  all.insert(after.begin(), after.end());
  CAIRN_CHECK(require_known(all, paths));
  CAIRN_TRY(auto* store, repository.store(context, store::Store::Access::kRead));
  const auto fetch = store::page_fetch(*store);
  DiffReport report;
  for (const auto& [path, unused] : all) {
    const auto old_one = before.find(path), new_one = after.find(path);
    const auto* from = old_one == before.end() ? nullptr : &old_one->second;
    const auto* to = new_one == after.end() ? nullptr : &new_one->second;
    const auto places = places_in(path, paths);
    if (from && to && *from == *to) {
      CAIRN_CHECK(require_in({path, *to}, options.to, places, fetch));
      continue;
    }
    PathDiff difference(*store, path, places, options.inside);
    auto compared = difference.run(from, to);
    if (!compared) {
      const bool lacks_old = from && !has_list(*from, fetch);
      return not_here(std::move(compared).error(), path, lacks_old ? from_revision : options.to);
    }
    CAIRN_CHECK(difference.look_inside(context, *compared));
    if (compared->files.empty() && !places.empty()) continue;
    report.paths.push_back(*std::move(compared));
  }
  return report;
}

}  // namespace cairn::repo
