// Pointers of many commits at once. A commit's pointers are all that its tree holds, changed by it
// or not; so the walk compares each commit with one parent inside the range, and lists whole trees
// only where the range begins.
#include <unordered_set>

#include "base/file.hpp"
#include "git/blob_reader.hpp"
#include "git/pointer_listing.hpp"
#include "git/revision.hpp"
#include "git/state.hpp"

namespace cairn::git {
namespace {

GitCall listing_of_pointers() {
  GitCall call;
  call.pathspecs = Pathspecs::kPatterns;
  call.arguments = {"ls-files", "-s", "-z", "--", kPointerGlob};
  return call;
}

constexpr int kAllDays = 10'000;  // git counts from 1970 and not below
constexpr std::size_t kMaxStateFileBytes = std::size_t{1} << 20;

struct WalkedCommit {
  std::string_view id;
  std::string_view tree;
  std::vector<std::string_view> parents;
};

std::vector<WalkedCommit> parse_walk(std::string_view output) {
  std::vector<WalkedCommit> commits;
  std::string_view id;
  for_each_part(output, '\n', [&](std::string_view line) {
    if (id.empty()) {
      id = line.substr(std::min<std::size_t>(line.size(), 7));  // "commit "
      return;
    }
    WalkedCommit commit;
    commit.id = std::exchange(id, {});
    for_each_part(line, ' ', [&](std::string_view field) {
      if (commit.tree.empty()) {
        commit.tree = field;
      } else if (!field.empty()) {
        commit.parents.push_back(field);
      }
    });
    commits.push_back(std::move(commit));
  });
  return commits;
}

// A commit whose parent is walked too adds only what it changes; by induction the union is every
// pair of every tree.
std::vector<Comparison> comparisons(const std::vector<WalkedCommit>& commits) {
  std::unordered_set<std::string_view> walked;
  for (const WalkedCommit& commit : commits) walked.insert(commit.id);
  std::vector<Comparison> out;
  out.reserve(commits.size());
  for (const WalkedCommit& commit : commits) {
    const auto parent = std::find_if(commit.parents.begin(), commit.parents.end(),
                                     [&](std::string_view id) { return walked.contains(id); });
    const bool whole = parent == commit.parents.end();
    out.push_back({whole ? std::string_view() : *parent, commit.id, commit.tree});
  }
  return out;
}

Result<std::string> walk_commits(const GitCommand& command, const GitPaths& paths,
                                 const std::vector<std::string>& arguments,
                                 const std::string& input) {
  GitCall list;
  list.arguments = {"rev-list", "--format=tformat:%T %P"};
  list.arguments.insert(list.arguments.end(), arguments.begin(), arguments.end());
  list.input = input;
  CAIRN_TRY(auto walk, command.try_run(list));
  if (walk.exit_code != 0) return range_failure(walk, paths);
  return std::move(walk.output);
}

Status add_index(const GitCommand& command, PointerSet& pointers) {
  GitCall call;
  call.pathspecs = Pathspecs::kPatterns;
  call.arguments = {"ls-files", "-s", "-z", "--", kPointerGlob};
  CAIRN_TRY(const std::string output, command.run(call));
  CAIRN_TRY(const auto listed, parse_index_listing(output, Stages::kAll));
  for (const PointerBlob& pointer : listed) pointers.add(pointer.path, pointer.blob);
  return {};
}

// Administrative directories of all worktrees (gitrepository-layout(5)), the main one first. Those
// whose files are gone still count: git keeps them until it prunes them.
Result<std::vector<std::string>> worktree_directories(const std::string& common_dir) {
  std::vector<std::string> directories = {common_dir};
  const std::string linked = base::join(common_dir, "worktrees");
  auto entries = base::list_directory(linked);
  if (!entries.ok()) {
    if (entries.error().code() == Code::kNotFound) return directories;
    return std::move(entries).error();
  }
  for (const auto& entry : *entries) directories.push_back(base::join(linked, entry.name));
  return directories;
}

// What only an unfinished merge, rebase or cherry-pick names: refs of the worktree, which are no
// files in a reftable, then what is a file always.
Status add_operation_commits(const std::string& common_dir, const std::string& git_dir,
                             std::string& ids) {
  const std::string refs = git_dir == common_dir
                               ? "main-worktree/"
                               : "worktrees/" + std::string(base::name_of(git_dir)) + "/";
  for (const char* name :
       {"ORIG_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "REBASE_HEAD", "MERGE_AUTOSTASH"})
    ids.append(refs).append(name).append("\n");
  for (const char* name :
       {"MERGE_HEAD", "FETCH_HEAD", "rebase-merge/autostash", "rebase-merge/orig-head",
        "rebase-apply/autostash", "rebase-apply/orig-head"}) {
    CAIRN_TRY(const auto text,
              base::read_file_if_exists(base::join(git_dir, name), kMaxStateFileBytes));
    if (!text) continue;
    for_each_part(base::text_of(*text), '\n', [&](std::string_view line) {
      const std::string_view id = line.substr(0, line.find_first_of(" \t"));
      if (is_object_id(id)) ids.append(id).append("\n");
    });
  }
  return {};
}

}  // namespace

void GitRepo::keep_index_listing() const {
  const std::scoped_lock lock(state_->index_mutex);
  state_->asked_index.start(state_->command.start(listing_of_pointers()));
}

Result<std::vector<PointerBlob>> GitRepo::pointers_in_index(
    std::vector<std::string>* conflicts) const {
  const std::scoped_lock lock(state_->index_mutex);
  if (auto output = state_->asked_index.take()) state_->index_listing = std::move(output);
  if (state_->index_listing)
    return parse_index_listing(*state_->index_listing, Stages::kMergedOnly, conflicts);
  CAIRN_TRY(const std::string output, state_->command.run(listing_of_pointers()));
  return parse_index_listing(output, Stages::kMergedOnly, conflicts);
}

Result<std::vector<PointerConflict>> GitRepo::pointer_conflicts() const {
  GitCall call;
  call.pathspecs = Pathspecs::kPatterns;
  call.arguments = {"ls-files", "-u", "-z", "--", kPointerGlob};
  CAIRN_TRY(const std::string output, state_->command.run(call));
  return parse_conflicts(output);
}

Result<std::vector<PointerBlob>> GitRepo::pointers_in_history(const std::vector<std::string>& range,
                                                              std::uint64_t* commits) const {
  CAIRN_CHECK(check_range(range));
  std::vector<std::string> arguments = range;
  arguments.emplace_back("--");
  CAIRN_TRY(const auto output, walk_commits(state_->command, state_->paths, arguments, {}));
  const auto walk = parse_walk(output);
  if (commits != nullptr) *commits = walk.size();
  PointerSet pointers;
  CAIRN_CHECK(state_->compare(comparisons(walk), pointers));
  return std::move(pointers).take();
}

Result<std::vector<PointerBlob>> GitRepo::pointers_of_everything(int reflog_days) const {
  const GitCommand& command = state_->command;
  GitCall reflogs;  // of all refs, refs/stash included, and of every worktree's HEAD
  reflogs.arguments = {"rev-list", "--ignore-missing", "--walk-reflogs", "--all"};
  if (reflog_days < kAllDays) {
    reflogs.arguments.push_back("--since=" + std::to_string(reflog_days) + ".days.ago");
  }
  CAIRN_TRY(std::string ids, command.run(reflogs));
  CAIRN_TRY(const auto worktrees, worktree_directories(state_->paths.common_dir));
  const std::string& common_dir = state_->paths.common_dir;
  for (const std::string& git_dir : worktrees)
    CAIRN_CHECK(add_operation_commits(common_dir, git_dir, ids));

  PointerSet pointers;
  // --all names every worktree's HEAD too.
  CAIRN_TRY(const auto output,
            walk_commits(command, state_->paths, {"--ignore-missing", "--all", "--stdin"}, ids));
  CAIRN_CHECK(state_->compare(comparisons(parse_walk(output)), pointers));
  CAIRN_CHECK(add_index(command, pointers));
  for (const std::string& git_dir : worktrees) {
    if (!base::stat_path(base::join(git_dir, "index"))) continue;
    CAIRN_CHECK(add_index(GitCommand::for_worktree(git_dir), pointers));
  }
  return std::move(pointers).take();
}

}  // namespace cairn::git
