// rm and mv: whole tracked paths with their pointers and ignore rules; inside a folder use the file
// system and `cairn add`.
#include <map>

#include "base/file.hpp"
#include "base/shell.hpp"
#include "base/text.hpp"
#include "repo/only_here.hpp"
#include "repo/operations.hpp"
#include "repo/outside.hpp"
#include "repo/publish.hpp"
#include "repo/tree_state.hpp"
#include "repo/work_tree.hpp"

namespace cairn::repo {

namespace {

constexpr std::size_t kMaxMoveNoteBytes = std::size_t{64} << 10;

Result<Tracked> tracked_argument(const Repository& repository, const std::string& typed,
                                 std::string_view verb) {
  CAIRN_TRY(const auto path, repository.resolve_argument(typed));
  if (path.empty()) {
    return Error(Code::kUsage, "`" + base::printable(typed) + "` is the whole repository")
        .hint("`cairn status` lists what is tracked; `" + std::string(verb) +
              "` takes one such path at a time")
        .slug("not-tracked");
  }
  CAIRN_TRY(auto found, repository.tracked_in_tree(path));
  if (found) return *std::move(found);
  CAIRN_TRY(const auto tracked, repository.tracked_for({path}));
  for (const auto& item : tracked) {
    if (!path.starts_with(item.path + "/")) continue;
    return Error(Code::kUsage, "`" + base::printable(path) + "` is inside the tracked folder `" +
                                   base::shell_word(item.path) + "`")
        .hint("`" + std::string(verb) + "` it as any file, then `cairn add " +
              base::printable(item.path) + "`")
        .slug("inside-tracked");
  }
  return Error(Code::kUsage, "`" + base::printable(path) + "` is not tracked by cairn")
      .hint("`cairn status` lists what is tracked")
      .slug("not-tracked");
}

Error unsaved(const std::string& path, bool lost, std::string_view doing) {
  const std::string why =
      lost ? "` is missing from the store; " : "` has changes that no version holds; ";
  return Error(Code::kConflict, "`" + base::printable(path) + why + std::string(doing) +
                                    " would lose " + (lost ? "it" : "them"))
      .hint("`cairn add " + base::shell_word(path) +
            "` stores it; `--keep` leaves the data in place")
      .slug("local-changes");
}

Error uncompared(const std::string& path, std::string_view doing) {
  const auto word = base::shell_word(path);
  return Error(Code::kConflict,
               "nobody can tell whether a version holds what is in `" + base::printable(path) +
                   "`: the list of its files is not here; " + std::string(doing) + " might lose it")
      .hint("`cairn fetch --lists " + word + "` brings the list; `--keep` leaves the data in place")
      .slug("local-changes");
}

// Data that is not in the store would be gone for good.
Status refuse_unsaved(const Context& context, Repository& repository,
                      const std::vector<Tracked>& tracked, std::string_view doing) {
  StatusOptions options;
  std::map<std::string, const Tracked*> by_path;
  for (const auto& item : tracked) {
    options.paths.push_back(base::join(repository.tree().directory(), item.path));
    by_path[item.path] = &item;
  }
  if (tracked.empty()) return {};
  CAIRN_TRY(const auto found, status(context, repository, options));
  CAIRN_TRY(const auto pushed, pushed_anywhere(repository));
  for (const auto& item : found.paths) {
    bool lost = item.state == PathState::kNotStored;
    const auto asked = by_path.find(item.path);
    if (item.state == PathState::kClean && !item.partial && asked != by_path.end()) {
      CAIRN_TRY(lost, is_only_here(context, repository, *asked->second, pushed));
    }
    if (item.state == PathState::kNotCompared) return uncompared(item.path, doing);
    if (item.state == PathState::kModified || lost) return unsaved(item.path, lost, doing);
  }
  return {};
}

Status remove_data(const Repository& repository, const std::string& path) {
  CAIRN_TRY(const auto found, repository.tree().lstat(path));
  if (!found) return {};
  if (!S_ISDIR(found->st_mode)) return repository.tree().remove_file(path);
  const auto parent = base::parent_of(path);
  if (!parent.empty()) CAIRN_CHECK(repository.tree().open_directory(parent));  // no link on the way
  return base::remove_tree(base::join(repository.tree().directory(), path));
}

struct Move {
  std::string from, to;
};

// Stands while a move is under way, so that one which was stopped between its steps can be taken up
// again: from the tree alone nobody could tell.
std::string move_note(const Repository& repository) {
  return base::join(repository.state_directory(), "moving");
}

Status note_move(const Repository& repository, const Move& move) {
  CAIRN_CHECK(base::make_directories(repository.state_directory()));
  const std::string text = move.from + '\0' + move.to + '\0';
  return base::write_file_atomic(move_note(repository), base::view_of(text), 0666,
                                 base::Durability::kSynced);
}

// The stopped move that this command names again, when something is at its new place already.
Result<std::optional<Move>> find_unfinished_move(const Repository& repository,
                                                 const MoveOptions& options) {
  CAIRN_TRY(const auto bytes, base::read_file_if_exists(move_note(repository), kMaxMoveNoteBytes));
  if (!bytes) return std::optional<Move>();
  const auto parts = base::split(base::text_of(*bytes), '\0');
  if (parts.size() < 2) return std::optional<Move>();
  Move move{std::string(parts[0]), std::string(parts[1])};
  CAIRN_TRY(const auto from, repository.resolve_argument(options.from));
  CAIRN_TRY(const auto to, repository.resolve_argument(options.to));
  const bool same =
      from == move.from && (to == move.to || base::join(to, base::name_of(from)) == move.to);
  CAIRN_TRY(const auto old_data, repository.tree().lstat(move.from));
  CAIRN_TRY(const auto new_data, repository.tree().lstat(move.to));
  CAIRN_TRY(const auto new_pointer, repository.tree().lstat(pointer_path(move.to)));
  if (!same || old_data || !(new_data || new_pointer)) return std::optional<Move>();
  return std::optional<Move>(std::move(move));
}

// The steps behind the renaming. Each may have been done already. What is known of the data goes
// with it: without it nobody could tell later what was removed from what was never here.
Status finish_move(const Repository& repository, const Move& move) {
  CAIRN_CHECK(move_state(repository, move.from, move.to));
  CAIRN_TRY(auto tracked, repository.tracked_in_tree(move.from));
  if (tracked) {
    CAIRN_CHECK(
        publish(repository,
                {{{move.to, tracked->pointer}, false, false, {tracked->pointer.oid, false, {}}, 0}},
                false));
  }
  CAIRN_CHECK(unpublish(repository, {move.from}, IgnoreLine::kRemove));
  return base::remove_file(move_note(repository));
}

// Where `typed` puts it: into a folder that exists, else under that name, which must be free.
Result<std::string> new_place(const Repository& repository, const Tracked& tracked,
                              const std::string& typed) {
  CAIRN_TRY(auto to, repository.resolve_argument(typed));
  const auto& tree = repository.tree();
  CAIRN_TRY(const auto there, tree.lstat(to));
  if (there && S_ISDIR(there->st_mode)) to = base::join(to, base::name_of(tracked.path));
  CAIRN_TRY(const auto target, tree.lstat(to));
  CAIRN_TRY(const auto pointer, tree.lstat(pointer_path(to)));
  if (target || pointer) {
    return Error(Code::kConflict, "`" + base::printable(to) + "` exists already")
        .hint("nothing was moved")
        .slug("exists");
  }
  CAIRN_TRY(const auto others, repository.tracked_for({to}));
  for (const auto& item : others) {
    if (to.starts_with(item.path + "/")) {
      return Error(Code::kUsage, "`" + base::printable(to) + "` lies inside a tracked path")
          .slug("overlap");
    }
  }
  return to;
}

}  // namespace

Result<std::vector<std::string>> remove(const Context& context, Repository& repository,
                                        const RemoveOptions& options) {
  CAIRN_CHECK(require_work_tree(repository));
  std::vector<std::string> paths;
  std::vector<Tracked> tracked;
  for (const auto& typed : options.paths) {
    CAIRN_TRY(auto item, tracked_argument(repository, typed, "rm"));
    paths.push_back(item.path);
    tracked.push_back(std::move(item));
  }
  if (!options.keep && !options.force)
    CAIRN_CHECK(refuse_unsaved(context, repository, tracked, "rm"));
  if (options.dry_run) return paths;
  CAIRN_TRY(const auto outside, OutsidePaths::read(repository));
  CAIRN_CHECK(unpublish(repository, paths, options.keep ? IgnoreLine::kKeep : IgnoreLine::kRemove));
  if (options.keep) return paths;
  for (const auto& path : paths) {
    CAIRN_TRY(const auto noted, outside.find(path));
    if (!noted) CAIRN_CHECK(remove_data(repository, path));  // a link to it is the user's
  }
  return paths;
}

Result<std::pair<std::string, std::string>> move(Repository& repository,
                                                 const MoveOptions& options) {
  CAIRN_CHECK(require_work_tree(repository));
  CAIRN_TRY(const auto unfinished, find_unfinished_move(repository, options));
  if (unfinished) {
    if (!options.dry_run) CAIRN_CHECK(finish_move(repository, *unfinished));
    return std::make_pair(unfinished->from, unfinished->to);
  }
  CAIRN_TRY(const auto tracked, tracked_argument(repository, options.from, "mv"));
  CAIRN_TRY(const auto to, new_place(repository, tracked, options.to));
  CAIRN_CHECK(check_ignore_file(repository, tracked.path));
  CAIRN_CHECK(check_ignore_file(repository, to));
  if (options.dry_run) return std::make_pair(tracked.path, to);
  const auto& tree = repository.tree();
  CAIRN_TRY(const auto data, tree.lstat(tracked.path));
  const auto parent = base::parent_of(to);
  if (!parent.empty()) CAIRN_CHECK(tree.make_directories(parent));
  const Move here{tracked.path, to};
  CAIRN_CHECK(forget_states(repository, {to}));  // of a path that once had this name
  CAIRN_CHECK(note_move(repository, here));
  if (data) CAIRN_CHECK(tree.rename(tracked.path, to));
  CAIRN_CHECK(finish_move(repository, here));
  return std::make_pair(tracked.path, to);
}

}  // namespace cairn::repo
