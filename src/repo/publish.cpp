#include "repo/publish.hpp"

#include <map>
#include <unordered_set>

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

// Paths in the order in which they came, each once.
class PathList {
 public:
  void add(const std::string& path) {
    if (known_.insert(path).second) paths_.push_back(path);
  }
  [[nodiscard]] const std::vector<std::string>& paths() const { return paths_; }

 private:
  std::vector<std::string> paths_;
  std::unordered_set<std::string> known_;
};

std::string ignore_file_of(const std::string& tracked) {
  return base::join(base::parent_of(tracked), ".gitignore");
}

// Notes the versions before anything names them.
Status write_pointers(const Repository& repository, const std::vector<Tracked>& tracked,
                      PathList& staged) {
  CAIRN_CHECK(note_versions(repository, tracked));
  std::vector<workdir::TreeText> texts;
  for (const auto& item : tracked) {
    texts.push_back({pointer_path(item.path), format::encode_pointer(item.pointer)});
    staged.add(texts.back().path);
  }
  return workdir::replace_texts(repository.tree(), texts);
}

using EditIgnore = std::string (*)(std::string_view gitignore,
                                   const std::vector<std::string>& names);

Status edit_ignore_file(const Repository& repository, const std::string& file,
                        const std::vector<std::string>& names, EditIgnore edit, PathList& staged) {
  const auto& tree = repository.tree();
  CAIRN_TRY(const auto before, project_text(repository.git(), tree, file, kMaxIgnoreBytes));
  const auto text = before.value_or("");
  const auto after = edit(text, names);
  if (after != text && after.empty()) {
    CAIRN_CHECK(tree.remove_file(file));
  } else if (after != text) {
    CAIRN_CHECK(workdir::replace_text(tree, file, after));
  }
  if (after != text || before) staged.add(file);
  return {};
}

// The rules of these tracked paths: each file is read and written once.
Status edit_ignore(const Repository& repository, const std::vector<std::string>& tracked,
                   EditIgnore edit, PathList& staged) {
  std::map<std::string, std::vector<std::string>> names;
  for (const auto& path : tracked) names[ignore_file_of(path)].emplace_back(base::name_of(path));
  for (const auto& [file, own] : names)
    CAIRN_CHECK(edit_ignore_file(repository, file, own, edit, staged));
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
  PathList staged;
  std::vector<std::string> paths, in_tree;
  std::vector<Tracked> pointers;
  for (const auto& item : publications)
    CAIRN_CHECK(check_ignore_file(repository, item.tracked.path));
  for (const auto& item : publications) {
    const auto& path = item.tracked.path;
    paths.push_back(path);
    if (item.in_tree) in_tree.push_back(path);
    if (item.in_tree) CAIRN_CHECK(prepare_state(repository, path, item.state, item.now_ns));
    if (!item.pointer_unchanged) pointers.push_back(item.tracked);
    if (item.pointer_unchanged) staged.add(pointer_path(path));
  }
  CAIRN_CHECK(write_pointers(repository, pointers, staged));
  CAIRN_CHECK(edit_ignore(repository, paths, &workdir::add_ignored, staged));
  if (git_rm && !paths.empty()) CAIRN_CHECK(repository.git().unstage_removed(paths));
  CAIRN_TRY(const auto changed, git::stage_and_tell(repository.git(), staged.paths()));
  for (const auto& path : in_tree) CAIRN_CHECK(adopt_state(repository, path));
  CAIRN_CHECK(forget_outside(repository, in_tree));
  for (const auto& item : publications) {
    if (!item.outside.empty()) CAIRN_CHECK(note_outside(repository, item.tracked, item.outside));
  }
  return changed;
}

Status unpublish(const Repository& repository, const std::vector<std::string>& paths,
                 IgnoreLine ignore_line) {
  CAIRN_TRY(const auto lock, lock_edits(repository));
  std::vector<std::string> pointers;
  PathList ignores;
  for (const auto& path : paths) CAIRN_CHECK(check_ignore_file(repository, path));
  for (const auto& path : paths) {
    CAIRN_CHECK(repository.tree().remove_file(pointer_path(path)));
    pointers.push_back(pointer_path(path));
  }
  CAIRN_CHECK(forget_states(repository, paths));
  if (ignore_line == IgnoreLine::kRemove)
    CAIRN_CHECK(edit_ignore(repository, paths, &workdir::remove_ignored, ignores));
  std::vector<std::string> edited;
  for (const auto& file : ignores.paths()) {
    CAIRN_TRY(const auto there, repository.tree().lstat(file));
    (there ? edited : pointers).push_back(file);
  }
  CAIRN_CHECK(repository.git().unstage_removed(pointers));
  return repository.git().stage(edited);
}

Result<std::vector<std::string>> publish_pointers(const Repository& repository,
                                                  const std::vector<Tracked>& tracked) {
  CAIRN_TRY(const auto lock, lock_edits(repository));
  PathList staged;
  std::vector<std::string> paths;
  for (const auto& item : tracked) CAIRN_CHECK(check_ignore_file(repository, item.path));
  for (const auto& item : tracked) paths.push_back(item.path);
  CAIRN_CHECK(write_pointers(repository, tracked, staged));
  CAIRN_CHECK(edit_ignore(repository, paths, &workdir::add_ignored, staged));
  return git::stage_and_tell(repository.git(), staged.paths());
}

Result<std::vector<std::string>> publish_aliases(const Repository& repository,
                                                 const std::vector<Tracked>& aliases) {
  CAIRN_TRY(const auto lock, lock_edits(repository));
  PathList staged;
  CAIRN_CHECK(write_pointers(repository, aliases, staged));
  return git::stage_and_tell(repository.git(), staged.paths());
}

Status publish_pointer_alone(const Repository& repository, const Tracked& tracked) {
  CAIRN_TRY(const auto lock, lock_edits(repository));
  PathList staged;
  CAIRN_CHECK(write_pointers(repository, {tracked}, staged));
  return repository.git().stage(staged.paths());
}

Status unpublish_pointer_alone(const Repository& repository, const std::string& path) {
  CAIRN_TRY(const auto lock, lock_edits(repository));
  CAIRN_CHECK(repository.tree().remove_file(pointer_path(path)));
  return repository.git().unstage_removed({pointer_path(path)});
}

}  // namespace cairn::repo
