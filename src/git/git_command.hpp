// GitCommand: one repository as the git children of this process see it, and how their failures
// become errors. A value; it holds no process. Discovery happens once, every later child gets the
// directories by option.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "base/process.hpp"
#include "cairn/result.hpp"
#include "git/git_repo.hpp"

namespace cairn::git {

enum class Pathspecs {
  kLiteral,   // every path means itself
  kPatterns,  // git's magic is on; only for fixed patterns of ours
};

struct GitCall {
  std::vector<std::string> arguments;  // from the subcommand on
  std::string input;                   // stdin
  Pathspecs pathspecs = Pathspecs::kLiteral;
};

class GitCommand {
 public:
  explicit GitCommand(const GitPaths& paths);
  // The same repository with the HEAD and index of the worktree that `git_dir` administers,
  // wherever its files are.
  static GitCommand for_worktree(const std::string& git_dir);

  // The child at work, for what else there is to do meanwhile.
  [[nodiscard]] Result<base::RunningProcess> start(const GitCall& call) const;
  // The child's result, whatever its exit code.
  [[nodiscard]] Result<base::ProcessResult> try_run(const GitCall& call) const;
  // Its output; a child that fails is an error with git's own reason.
  [[nodiscard]] Result<std::string> run(const GitCall& call) const;
  // As run, but starts again while another process holds git's lock file; then kLocked.
  [[nodiscard]] Result<std::string> run_locked(const GitCall& call,
                                               int timeout_ms = kLockTimeoutMs) const;

  [[nodiscard]] std::vector<std::string> argv(const GitCall& call) const;
  [[nodiscard]] const std::string& directory() const { return directory_; }

  static constexpr int kLockTimeoutMs = 60'000;

 private:
  GitCommand() = default;
  std::string directory_;
  std::vector<std::string> options_;
  std::vector<std::string> drop_environment_;
};

// Error of a git child that exited with a failure: its "fatal:" line, other lines as details, the
// commands it proposes as hints.
Error git_failure(Code code, const std::string& subcommand, const base::ProcessResult& result);

// Runs git outside any repository knowledge of ours (discovery, clone, single config files).
Result<base::ProcessResult> run_plain_git(const std::vector<std::string>& arguments,
                                          base::ProcessOptions options);
Result<base::RunningProcess> start_plain_git(const std::vector<std::string>& arguments,
                                             base::ProcessOptions options);

// `git rev-parse --local-env-vars` without the two that carry the user's `-c` settings: what must
// not reach a git that works elsewhere.
std::vector<std::string> repository_variables();

// Calls visit for every part that ends in `end` (the last one may lack it).
template <typename Visit>
void for_each_part(std::string_view text, char end, const Visit& visit) {
  while (!text.empty()) {
    const std::size_t at = std::min(text.find(end), text.size());
    visit(text.substr(0, at));
    text.remove_prefix(std::min(at + 1, text.size()));
  }
}

// Texts joined for `-z --stdin` and its kin: each followed by `end`.
std::string joined_input(const std::vector<std::string>& texts, char end);

}  // namespace cairn::git
