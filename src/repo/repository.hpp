// Repository: one git work tree with cairn set up in it. Finds the parts (git, settings, store,
// work tree, per-worktree state) and hands them to the operations, one file each beside this one.
// Owns all of them; not thread-safe.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cairn/context.hpp"
#include "cairn/remote.hpp"
#include "config/config.hpp"
#include "format/pointer.hpp"
#include "git/git_repo.hpp"
#include "store/store.hpp"
#include "workdir/tree_root.hpp"

namespace cairn::repo {

// What the program hands down from its environment; the library reads none of it by itself.
struct Environment {
  std::map<std::string, std::string> variables;  // CAIRN_*, and PRE_COMMIT_* of that program
  std::string directory;  // where the command was started (-C applied), absolute
  std::string program;    // absolute path of this program, for what git is to call; may be empty
  RemoteOpener open_remote;
  std::string config_directory;  // of the user: "$HOME/.config"; empty where there is none
  std::string search_path;       // PATH
  std::function<bool(const std::string& question)>
      ask;  // yes or no on a terminal; empty where nobody can answer
};

// A path under cairn: "data/images", its pointer "data/images.cairn", and what the pointer says.
struct Tracked {
  std::string path;
  format::Pointer pointer;
};
inline constexpr std::string_view kPointerSuffix = ".cairn";
inline std::string pointer_path(std::string_view path) {
  return std::string(path) + std::string(kPointerSuffix);
}
// The other way round; only for paths of pointers.
inline std::string path_of_pointer(std::string_view pointer) {
  return std::string(pointer.substr(0, pointer.size() - kPointerSuffix.size()));
}

// Pointers that cannot be used: tracked path, why.
using Faults = std::vector<std::pair<std::string, Error>>;
// One of them that stands at `path`, above it or below.
Status refuse_faults(const std::string& path, const Faults& faults);

class Repository {
 public:
  // kNotRepository outside git, or where `cairn init` was never run (no .cairn/config) unless
  // `allow_uninitialised`.
  enum class Setup { kRequired, kAllowMissing };
  static Result<Repository> open(const Context& context, const Environment& environment,
                                 Setup setup = Setup::kRequired);
  Repository(Repository&&) noexcept;
  ~Repository();

  [[nodiscard]] const git::GitRepo& git() const;
  [[nodiscard]] const config::Settings& settings() const;
  [[nodiscard]] const Environment& environment() const;
  [[nodiscard]] const workdir::TreeRoot& tree()
      const;  // the work tree; an error was given earlier when bare
  [[nodiscard]] const std::string& state_directory() const;  // $GIT_DIR/cairn
  [[nodiscard]] const std::stop_token& stop() const;  // of the context that it was opened with
  [[nodiscard]] const std::string& store_directory() const;
  // The store's path from the top where it lies in the work tree, as the cache of a job may; else
  // "".
  [[nodiscard]] const std::string& store_in_tree() const;

  // Opened once per access mode; kWrite creates the store when it is absent.
  Result<store::Store*> store(const Context& context, store::Store::Access access);

  // An argument as typed -> path from the top: "X", "X/", "./X", "X.cairn" and absolute paths name
  // the same thing. kUsage when it lies outside the work tree or inside .git.
  Result<std::string> resolve_argument(const std::string& argument) const;
  Result<std::vector<std::string>> resolve_arguments(
      const std::vector<std::string>& arguments) const;

  // Pointers of the work tree, for every path that the index tracks; sorted. A pointer that is not
  // valid, or that a merge left in conflict, is an error naming it, unless `faults` is given, which
  // then receives (path, error).
  Result<std::vector<Tracked>> tracked(Faults* faults = nullptr) const;
  // The same for a command about some paths (none: all), which no fault elsewhere stops: an error
  // only for a fault at one of them, above it or below.
  Result<std::vector<Tracked>> tracked_for(const std::vector<std::string>& paths) const;
  Result<std::vector<Tracked>> tracked_at(const std::string& commit) const;
  Result<std::optional<Tracked>> tracked_in_tree(
      const std::string& path) const;  // the pointer file beside `path`

  // The remote to talk to: by name, else the default. kUsage with the line to type when there is
  // none.
  Result<config::RemoteSetting> remote_setting(const std::string& name) const;
  Result<std::unique_ptr<Remote>> open_remote(const config::RemoteSetting& setting) const;

 private:
  struct State;
  explicit Repository(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// What arguments select among tracked paths: a tracked path, a place inside one, or a folder above
// some.
struct Selected {
  Tracked tracked;
  std::vector<std::string>
      inside;          // empty: the whole; else files or folders inside the tracked folder
  bool named = false;  // by an argument, itself or with a folder around it
  // Whether a path from the repository root belongs to what was selected.
  [[nodiscard]] bool covers(std::string_view path) const;
};
// No arguments select everything. An argument that selects nothing is kUsage naming it.
Result<std::vector<Selected>> select(const std::vector<Tracked>& tracked,
                                     const std::vector<std::string>& paths);

// The same among the paths of a commit, with arguments as typed.
Result<std::vector<Selected>> select_at(const Repository& repository, const std::string& revision,
                                        const std::vector<std::string>& typed);

}  // namespace cairn::repo
