// GitRepo: what cairn asks of git, through the git executable (the reference for discovery, config,
// index, ranges); many objects at once through libgit2 where that is the same. Paths are relative
// to the work tree's top, '/'-separated, as git prints them with -z.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "cairn/result.hpp"

namespace cairn::git {

struct GitPaths {
  std::string top;         // absolute work tree top; empty in a bare repository
  std::string git_dir;     // absolute, this worktree's
  std::string common_dir;  // absolute
  bool bare = false;
  bool shallow = false;
};

struct PointerBlob {
  std::string path;  // of the pointer file, "data/images.cairn"
  std::string blob;  // object id, hex
};

struct PointerChange {
  std::string path;           // of the pointer file
  std::string before, after;  // blobs; empty: no pointer there
};

// The commits of a range, and the pointers that differ from the first parent's in them.
struct IntroducedPointers {
  struct Commit {
    std::string id, first_parent;  // no parent: ""
  };
  std::vector<Commit> commits;
  std::vector<PointerBlob> pointers;
};

// A pointer that a merge left in conflict: the blobs of the sides that have one.
struct PointerConflict {
  std::string path;  // of the pointer file
  std::optional<std::string> base, ours, theirs;
};

struct CommitInfo {
  std::string id;
  std::string author;
  std::int64_t time_s = 0;
  std::string subject;
};

// A commit that changed a pointer: its blob there and in the commit's first parent.
struct PointerVersion {
  CommitInfo commit;
  std::optional<std::string> before, after;
};

// Larger ones are not taken for settings.
inline constexpr std::size_t kMaxConfigFileBytes = std::size_t{1} << 20;

class GitRepo {
 public:
  // kNotRepository with git's own reason (also for a repository of another owner).
  static Result<GitRepo> discover(const std::string& directory);
  GitRepo(GitRepo&&) noexcept;
  GitRepo& operator=(GitRepo&&) noexcept;
  ~GitRepo();

  [[nodiscard]] const GitPaths& paths() const;

  // Who reads them: "auto" or "", "exec", "libgit2". kUsage for another word.
  Status read_objects_with(std::string_view reader) const;
  Result<std::string> reader_of_objects() const;  // in words

  // --- objects and revisions ---
  // Full commit id; kUsage for an unknown revision, with the fetch line when the clone is shallow.
  Result<std::string> resolve_commit(const std::string& revision) const;
  Result<std::vector<PointerBlob>> pointers_at(
      const std::string& commit) const;  // every *.cairn blob of the tree
  // Those of stage 0. What a merge left in conflict is an error, unless `conflicts` receives the
  // paths of these pointers.
  Result<std::vector<PointerBlob>> pointers_in_index(
      std::vector<std::string>* conflicts = nullptr) const;
  // For who leaves the index alone: git is asked for them once, and works while something else is
  // done.
  void keep_index_listing() const;
  Result<std::vector<PointerConflict>> pointer_conflicts() const;  // stages 1 to 3 of the index
  // Contents of blobs, in order, each at most `max_bytes` (larger: kCorrupt).
  Result<std::vector<std::string>> read_blobs(const std::vector<std::string>& blobs,
                                              std::size_t max_bytes) const;
  // Every distinct pointer blob (path, blob) in the commits of `range` arguments ("HEAD", "--not",
  // "--remotes", …), and how many commits these are.
  Result<std::vector<PointerBlob>> pointers_in_history(const std::vector<std::string>& range,
                                                       std::uint64_t* commits = nullptr) const;
  // Those of them that the commits changed or added against their first parents.
  Result<IntroducedPointers> pointers_introduced(const std::vector<std::string>& range) const;
  Result<std::vector<PointerChange>> pointer_changes(const std::string& from,
                                                     const std::string& to) const;
  // For each pointer, the oldest commit that `range` reaches, inside of it or before, which has it
  // at its path. Nothing of one that only a commit outside of this clone (shallow) brought.
  Result<std::vector<std::optional<CommitInfo>>> introductions(
      const std::vector<std::string>& range, const std::vector<PointerBlob>& pointers) const;
  Result<std::vector<CommitInfo>> log_of(const std::string& path, const std::string& revision,
                                         std::size_t limit) const;
  // As log_of, with what each commit made of the pointer.
  Result<std::vector<PointerVersion>> pointer_log(const std::string& pointer,
                                                  const std::string& revision,
                                                  std::size_t limit) const;
  Result<std::optional<CommitInfo>> head() const;  // nothing before the first commit
  // All commits that git itself would keep: refs, reflogs younger than `reflog_days`, stashes,
  // every worktree's HEAD.
  Result<std::vector<PointerBlob>> pointers_of_everything(int reflog_days) const;

  // --- index and work tree ---
  Status stage(const std::vector<std::string>& paths) const;  // git add; waits for index.lock
  Status unstage_removed(
      const std::vector<std::string>& paths) const;  // git rm --cached --ignore-unmatch
  Result<std::vector<std::string>> tracked_below(
      const std::string& path) const;  // index entries equal to or below
  struct IgnoredBy {
    std::string source;  // ".gitignore"
    int line = 0;
    std::string pattern;
  };
  Result<std::optional<IgnoredBy>> ignored(
      const std::string& path) const;  // as `git check-ignore -v` on an untracked path

  // Which of these paths, taken as untracked, are ignored; beside the list.
  Result<std::vector<bool>> ignored_paths(const std::vector<std::string>& paths) const;
  struct AboutPaths {
    std::vector<std::string> tracked;
    std::vector<bool> ignored;
  };
  // tracked_below(path) and ignored_paths(paths), asked at the same time.
  Result<AboutPaths> about_paths(const std::string& path,
                                 const std::vector<std::string>& paths) const;
  struct StagedEntry {
    std::string path, blob;        // blob empty: removed
    std::string mode;              // "100644"
    std::string head_blob;         // what HEAD has there; empty: nothing
    std::uint64_t size_bytes = 0;  // of a regular file's blob
  };
  // How the index differs from HEAD; against nothing before the first commit. Sizes are those of
  // the entries that `sized` names, or of all.
  Result<std::vector<StagedEntry>> staged_entries(
      const std::function<bool(const StagedEntry&)>& sized = {}) const;

  // --- config ---
  // All values of `cairn.*` and `remote.*`… as git merges them: key (lower-case section and name)
  // -> last value.
  Result<std::vector<std::pair<std::string, std::string>>> config() const;
  // One of them by its key in that form; "" where it is not set.
  Result<std::string> config_value(const std::string& key) const;
  Status set_config(const std::string& key, const std::string& value) const;  // local
  Status unset_config(const std::string& key) const;                          // absent is fine
  // Keys of a committed file in git-config syntax, without includes; errors name it so.
  static Result<std::vector<std::pair<std::string, std::string>>> parse_config_text(
      const std::string& text, const std::string& name);
  // The same of a committed file, "HEAD:.cairn/config"; nothing where there is none.
  Result<std::vector<std::pair<std::string, std::string>>> read_config_blob(
      const std::string& object) const;
  Status set_config_file(const std::string& path, const std::string& key,
                         const std::string& value) const;
  Status unset_config_file(const std::string& path, const std::string& key) const;

  // Runs git in the work tree with these arguments, output captured. For the few things without a
  // method above.
  Result<std::string> run(const std::vector<std::string>& arguments,
                          const std::string& input = {}) const;

 private:
  struct State;
  explicit GitRepo(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// `git clone` with the user's terminal; leaves hooks and filters as git does.
Status clone(const std::string& url, const std::string& directory,
             const std::vector<std::string>& extra, std::stop_token stop = {});

}  // namespace cairn::git
