#include "git/git_command.hpp"

#include <chrono>
#include <thread>

#include "base/error_lines.hpp"
#include "base/text.hpp"

namespace cairn::git {
namespace {

constexpr std::size_t kMaxDetails = 10;

// These would change what our paths mean, or contradict --literal-pathspecs.
const std::vector<std::string>& pathspec_variables() {
  static const std::vector<std::string> names = {"GIT_LITERAL_PATHSPECS", "GIT_GLOB_PATHSPECS",
                                                 "GIT_NOGLOB_PATHSPECS", "GIT_ICASE_PATHSPECS"};
  return names;
}

Result<base::RunningProcess> spawn_git(const std::vector<std::string>& argv,
                                       base::ProcessOptions options) {
  // One language: reasons are matched (locks) and shown beside our own English words.
  options.set_environment.emplace_back("LC_ALL=C.UTF-8");
  options.drop_environment.emplace_back("LANGUAGE");
  auto process = base::RunningProcess::start(argv, std::move(options));
  if (!process.ok() && process.error().code() == Code::kNotFound) {
    return Error(Code::kIo, process.error().message()).hint("install git and put it into PATH");
  }
  return process;
}

std::string_view without_prefix(std::string_view line, std::string_view prefix) {
  if (line.starts_with(prefix)) line.remove_prefix(prefix.size());
  return line;
}

// The line that says why: "fatal:" before "error:" before anything else.
std::string_view reason_line(const std::vector<std::string_view>& lines) {
  for (const std::string_view prefix : {"fatal: ", "error: ", ""}) {
    for (const std::string_view line : lines) {
      if (line.starts_with(prefix) && !line.starts_with("hint: ")) return line;
    }
  }
  return {};
}

bool waits_for_lock(const base::ProcessResult& result) {
  const std::string& said = result.errors;
  return result.exit_code != 0 && said.find("File exists") != std::string::npos &&
         (said.find(".lock'") != std::string::npos ||
          said.find("could not lock config file") != std::string::npos);
}

// Longer pauses from try to try, spread so that many waiting processes do not march in step.
std::chrono::milliseconds lock_pause(int attempt) {
  const auto ticks = std::chrono::steady_clock::now().time_since_epoch().count();
  const auto longest = std::min(5 + 5 * attempt, 100);
  return std::chrono::milliseconds(2 + (ticks / 1000) % longest);
}

}  // namespace

GitCommand::GitCommand(const GitPaths& paths) {
  directory_ = paths.top.empty() ? paths.git_dir : paths.top;
  options_ = {"git", "--git-dir=" + paths.git_dir};
  if (!paths.top.empty()) options_.push_back("--work-tree=" + paths.top);
  drop_environment_ = pathspec_variables();
}

GitCommand GitCommand::for_worktree(const std::string& git_dir) {
  GitCommand command;
  command.directory_ = git_dir;
  command.options_ = {"git", "--git-dir=" + git_dir, "--work-tree=" + git_dir};
  command.drop_environment_ = pathspec_variables();
  command.drop_environment_.emplace_back("GIT_INDEX_FILE");
  return command;
}

std::vector<std::string> GitCommand::argv(const GitCall& call) const {
  std::vector<std::string> argv = options_;
  // A listing of settings must not show this one.
  if (call.arguments.at(0) != "config") argv.insert(argv.end(), {"-c", "core.quotePath=false"});
  if (call.pathspecs == Pathspecs::kLiteral) argv.emplace_back("--literal-pathspecs");
  argv.insert(argv.end(), call.arguments.begin(), call.arguments.end());
  return argv;
}

Result<base::RunningProcess> GitCommand::start(const GitCall& call) const {
  base::ProcessOptions options;
  options.directory = directory_;
  options.input = call.input;
  options.drop_environment = drop_environment_;
  return spawn_git(argv(call), std::move(options));
}

Result<base::ProcessResult> GitCommand::try_run(const GitCall& call) const {
  CAIRN_TRY(auto process, start(call));
  return process.finish();
}

Result<std::string> GitCommand::run(const GitCall& call) const {
  CAIRN_TRY(auto result, try_run(call));
  if (result.exit_code != 0) return git_failure(Code::kIo, call.arguments.at(0), result);
  return std::move(result.output);
}

Result<std::string> GitCommand::run_locked(const GitCall& call, int timeout_ms) const {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms);
  for (int attempt = 0;; ++attempt) {
    CAIRN_TRY(auto result, try_run(call));
    if (result.exit_code == 0) return std::move(result.output);
    if (!waits_for_lock(result)) return git_failure(Code::kIo, call.arguments.at(0), result);
    if (std::chrono::steady_clock::now() >= deadline) {
      return git_failure(Code::kLocked, call.arguments.at(0), result)
          .hint("wait for the other git command to end; remove that lock file only when none runs");
    }
    std::this_thread::sleep_for(lock_pause(attempt));
  }
}

Error git_failure(Code code, const std::string& subcommand, const base::ProcessResult& result) {
  std::vector<std::string_view> lines;
  for_each_part(result.errors, '\n', [&](std::string_view line) {
    if (!line.empty()) lines.push_back(line);
  });
  const std::string_view reason = reason_line(lines);
  const std::string why =
      reason.empty() ? "exit code " + std::to_string(result.exit_code)
                     : std::string(without_prefix(without_prefix(reason, "fatal: "), "error: "));
  Error error(code, "git " + subcommand + ": " + base::printable(why));
  std::size_t details = 0;
  for (const std::string_view line : lines) {
    if (line.starts_with("\tgit ")) {
      base::add_hint(error, base::printable(line.substr(1)));
    } else if (line.data() != reason.data() && details++ < kMaxDetails) {
      base::add_detail(error, base::printable(without_prefix(line, "hint: ")));
    }
  }
  return error;
}

Result<base::RunningProcess> start_plain_git(const std::vector<std::string>& arguments,
                                             base::ProcessOptions options) {
  std::vector<std::string> argv = {"git"};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  return spawn_git(argv, std::move(options));
}

Result<base::ProcessResult> run_plain_git(const std::vector<std::string>& arguments,
                                          base::ProcessOptions options) {
  CAIRN_TRY(auto process, start_plain_git(arguments, std::move(options)));
  return process.finish();
}

std::string joined_input(const std::vector<std::string>& texts, char end) {
  std::string input;
  for (const std::string& text : texts) {
    input += text;
    input += end;
  }
  return input;
}

}  // namespace cairn::git
