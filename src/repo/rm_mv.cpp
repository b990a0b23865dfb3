// rm and mv: whole tracked paths with their pointers and ignore rules; inside a folder use the file
// system and `cairn add`.
#include "base/file.hpp"
#include "base/text.hpp"
#include "repo/operations.hpp"
#include "repo/publish.hpp"
#include "repo/tree_plan.hpp"
#include "repo/work_tree.hpp"

namespace cairn::repo {

namespace {

Result<Tracked> tracked_argument(const Repository& repository, const std::string& typed,
                                 std::string_view verb) {
  CAIRN_TRY(const auto path, repository.resolve_argument(typed));
  CAIRN_TRY(auto found, repository.tracked_in_tree(path));
  if (found) return *std::move(found);
  CAIRN_TRY(const auto tracked, repository.tracked());
  for (const auto& item : tracked) {
    if (!path.starts_with(item.path + "/")) continue;
    return Error(Code::kUsage, "`" + base::printable(path) + "` is inside the tracked folder `" +
                                   base::printable(item.path) + "`")
        .hint("`" + std::string(verb) + "` it as any file, then `cairn add " +
              base::printable(item.path) + "`")
        .slug("inside-tracked");
  }
  return Error(Code::kUsage, "`" + base::printable(path) + "` is not tracked by cairn")
      .hint("`cairn status` lists what is tracked")
      .slug("not-tracked");
}

// Data that is not in the store would be gone for good.
Status refuse_unsaved(const Context& context, Repository& repository, const std::string& path,
                      std::string_view doing) {
  StatusOptions options;
  options.paths = {base::join(repository.tree().directory(), path)};
  CAIRN_TRY(const auto found, status(context, repository, options));
  for (const auto& item : found.paths) {
    if (item.state != PathState::kModified) continue;
    const auto shown = base::printable(path);
    return Error(Code::kConflict, "`" + shown + "` has changes that no version holds; " +
                                      std::string(doing) + " would lose them")
        .hint("`cairn add " + shown + "` keeps them; `--keep` leaves the data in place")
        .slug("local-changes");
  }
  return {};
}

// What is known of unmodified data moves along; of anything else nothing is known at its new place,
// which only costs time.
Status carry_state(const Context& context, const Repository& repository, const Tracked& tracked,
                   Publication& publication) {
  CAIRN_TRY(publication.now_ns,
            workdir::StatCache::filesystem_now_ns(repository.state_directory()));
  CAIRN_TRY(const auto local, read_local_tree(context, repository, tracked.path));
  const bool folder =
      tracked.pointer.kind == format::Pointer::Kind::kFolder;  // renaming a file changes its ctime
  if (!folder || !is_up_to_date(tracked.pointer, local)) return {};
  publication.in_tree = true;
  for (std::size_t i = 0; i < local.scan.nodes.size(); ++i) {
    publication.state.files.push_back(
        {local.scan.nodes[i].path, local.scan.nodes[i].stat, *local.ids[i]});
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

}  // namespace

Result<std::vector<std::string>> remove(const Context& context, Repository& repository,
                                        const RemoveOptions& options) {
  CAIRN_CHECK(require_work_tree(repository));
  std::vector<std::string> paths;
  for (const auto& typed : options.paths) {
    CAIRN_TRY(const auto tracked, tracked_argument(repository, typed, "rm"));
    if (!options.keep && !options.force)
      CAIRN_CHECK(refuse_unsaved(context, repository, tracked.path, "rm"));
    paths.push_back(tracked.path);
  }
  if (options.dry_run) return paths;
  CAIRN_CHECK(unpublish(repository, paths, options.keep ? IgnoreLine::kKeep : IgnoreLine::kRemove));
  if (options.keep) return paths;
  for (const auto& path : paths) CAIRN_CHECK(remove_data(repository, path));
  return paths;
}

Result<std::pair<std::string, std::string>> move(const Context& context, Repository& repository,
                                                 const MoveOptions& options) {
  CAIRN_CHECK(require_work_tree(repository));
  CAIRN_TRY(const auto tracked, tracked_argument(repository, options.from, "mv"));
  CAIRN_TRY(auto to, repository.resolve_argument(options.to));
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
  CAIRN_TRY(const auto others, repository.tracked());
  for (const auto& item : others) {
    if (to.starts_with(item.path + "/")) {
      return Error(Code::kUsage, "`" + base::printable(to) + "` lies inside a tracked path")
          .slug("overlap");
    }
  }
  if (options.dry_run) return std::make_pair(tracked.path, to);
  CAIRN_TRY(const auto data, tree.lstat(tracked.path));
  Publication publication{
      {to, tracked.pointer}, false, false, {tracked.pointer.oid, false, {}}, 0};
  if (data) CAIRN_CHECK(carry_state(context, repository, tracked, publication));
  const auto parent = base::parent_of(to);
  if (!parent.empty()) CAIRN_CHECK(tree.make_directories(parent));
  if (data) CAIRN_CHECK(tree.rename(tracked.path, to));
  CAIRN_CHECK(publish(repository, {publication}, false));
  CAIRN_CHECK(unpublish(repository, {tracked.path}, IgnoreLine::kRemove));
  return std::make_pair(tracked.path, to);
}

}  // namespace cairn::repo
