#include "repo/publish.hpp"

#include <algorithm>

#include "base/file.hpp"
#include "base/text.hpp"
#include "git/stage.hpp"
#include "repo/committed_settings.hpp"
#include "repo/outside.hpp"
#include "repo/tree_edits.hpp"
#include "repo/tree_state.hpp"
#include "workdir/gitignore_block.hpp"
#include "workdir/tree_text.hpp"

namespace cairn::repo {

namespace {

constexpr std::size_t kMaxIgnoreBytes = std::size_t{4} << 20;

void remember(std::vector<std::string>& paths, const std::string& path) {
  if (std::ranges::find(paths, path) == paths.end()) paths.push_back(path);
}

std::string ignore_file_of(const std::string& tracked) {
  return base::join(base::parent_of(tracked), ".gitignore");
}

Status write_pointer(const Repository& repository, const Tracked& tracked,
                     std::vector<std::string>& staged) {
  const auto file = pointer_path(tracked.path);
  const auto text = format::encode_pointer(tracked.pointer);
  CAIRN_CHECK(note_version(repository, tracked));
  CAIRN_CHECK(workdir::replace_text(repository.tree(), file, text));
  remember(staged, file);
  return {};
}

using EditIgnore = std::string (*)(std::string_view gitignore, std::string_view name);

Status edit_ignore(const Repository& repository, const std::string& tracked, EditIgnore edit,
                   std::vector<std::string>& staged) {
  const auto file = ignore_file_of(tracked);
  const auto& tree = repository.tree();
  CAIRN_TRY(const auto before, project_text(repository.git(), tree, file, kMaxIgnoreBytes));
  const auto text = before.value_or("");
  const auto after = edit(text, base::name_of(tracked));
  if (after != text && after.empty()) {
    CAIRN_CHECK(tree.remove_file(file));
  } else if (after != text) {
    CAIRN_CHECK(workdir::replace_text(tree, file, after));
  }
  if (after != text || before) remember(staged, file);
  return {};
}

}  // namespace

Status check_ignore_file(const Repository& repository, const std::string& tracked) {
  CAIRN_CHECK(workdir::has_text(repository.tree(), ignore_file_of(tracked)));
  return {};
}

Result<std::vector<std::string>> publish(const Repository& repository,
                                         const std::vector<Publication>& publications,
                                         bool git_rm) {
  CAIRN_TRY(const auto lock, lock_edits(repository));
  std::vector<std::string> staged, untrack;
  for (const auto& item : publications)
    CAIRN_CHECK(check_ignore_file(repository, item.tracked.path));
  for (const auto& item : publications) {
    const auto& path = item.tracked.path;
    if (git_rm) untrack.push_back(path);
    if (item.in_tree) CAIRN_CHECK(prepare_state(repository, path, item.state, item.now_ns));
    if (!item.pointer_unchanged) CAIRN_CHECK(write_pointer(repository, item.tracked, staged));
    CAIRN_CHECK(edit_ignore(repository, item.tracked.path, &workdir::add_ignored, staged));
    if (item.pointer_unchanged) remember(staged, pointer_path(item.tracked.path));
  }
  if (!untrack.empty()) CAIRN_CHECK(repository.git().unstage_removed(untrack));
  CAIRN_TRY(const auto changed, git::stage_and_tell(repository.git(), staged));
  for (const auto& item : publications) {
    if (item.in_tree) CAIRN_CHECK(adopt_state(repository, item.tracked.path));
    if (item.in_tree) CAIRN_CHECK(forget_outside(repository, item.tracked.path));
    if (!item.outside.empty()) CAIRN_CHECK(note_outside(repository, item.tracked, item.outside));
  }
  return changed;
}

Status unpublish(const Repository& repository, const std::vector<std::string>& paths,
                 IgnoreLine ignore_line) {
  CAIRN_TRY(const auto lock, lock_edits(repository));
  std::vector<std::string> pointers, ignores;
  for (const auto& path : paths) CAIRN_CHECK(check_ignore_file(repository, path));
  for (const auto& path : paths) {
    CAIRN_CHECK(repository.tree().remove_file(pointer_path(path)));
    if (ignore_line == IgnoreLine::kRemove)
      CAIRN_CHECK(edit_ignore(repository, path, &workdir::remove_ignored, ignores));
    CAIRN_CHECK(forget_state(repository, path));
    pointers.push_back(pointer_path(path));
  }
  CAIRN_CHECK(repository.git().unstage_removed(pointers));
  for (const auto& file : ignores) {
    CAIRN_TRY(const auto there, repository.tree().lstat(file));
    CAIRN_CHECK(there ? repository.git().stage({file}) : repository.git().unstage_removed({file}));
  }
  return {};
}

Result<std::vector<std::string>> publish_pointers(const Repository& repository,
                                                  const std::vector<Tracked>& tracked) {
  CAIRN_TRY(const auto lock, lock_edits(repository));
  std::vector<std::string> staged;
  for (const auto& item : tracked) CAIRN_CHECK(check_ignore_file(repository, item.path));
  for (const auto& item : tracked) {
    CAIRN_CHECK(write_pointer(repository, item, staged));
    CAIRN_CHECK(edit_ignore(repository, item.path, &workdir::add_ignored, staged));
  }
  return git::stage_and_tell(repository.git(), staged);
}

Result<std::vector<std::string>> publish_aliases(const Repository& repository,
                                                 const std::vector<Tracked>& aliases) {
  CAIRN_TRY(const auto lock, lock_edits(repository));
  std::vector<std::string> staged;
  for (const auto& alias : aliases) CAIRN_CHECK(write_pointer(repository, alias, staged));
  return git::stage_and_tell(repository.git(), staged);
}

Status publish_pointer_alone(const Repository& repository, const Tracked& tracked) {
  CAIRN_TRY(const auto lock, lock_edits(repository));
  std::vector<std::string> staged;
  CAIRN_CHECK(write_pointer(repository, tracked, staged));
  return repository.git().stage(staged);
}

Status unpublish_pointer_alone(const Repository& repository, const std::string& path) {
  CAIRN_TRY(const auto lock, lock_edits(repository));
  CAIRN_CHECK(repository.tree().remove_file(pointer_path(path)));
  return repository.git().unstage_removed({pointer_path(path)});
}

}  // namespace cairn::repo
