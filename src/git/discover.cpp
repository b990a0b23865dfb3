// Discovery: one `git rev-parse` tells all directories, and whether git accepts the repository at
// all.
#include <filesystem>

#include "base/error_lines.hpp"
#include "base/file.hpp"
#include "base/shell.hpp"
#include "base/text.hpp"
#include "git/state.hpp"

namespace cairn::git {
namespace {

// "" when the text lacks the mark; then it becomes empty itself.
std::string_view take_until(std::string_view& text, std::string_view mark) {
  const std::size_t at = text.find(mark);
  if (at == std::string_view::npos) return std::exchange(text, {});
  const std::string_view taken = text.substr(0, at);
  text.remove_prefix(at + mark.size());
  return taken;
}

std::string absolute_path(const std::string& directory, std::string_view path) {
  if (path.starts_with('/')) return std::string(path);
  std::error_code error;
  const std::string joined = base::join(directory.empty() ? "." : directory, path);
  const auto real = std::filesystem::canonical(joined, error);
  return error ? joined : real.string();
}

// Paths may hold line ends, so the answer to --is-bare-repository is asked for between them.
GitPaths parse_discovery(const std::string& directory, std::string_view output) {
  GitPaths paths;
  const std::string_view bare = take_until(output, "\n");
  const std::string mark = "\n" + std::string(bare) + "\n";
  paths.bare = bare == "true";
  paths.shallow = take_until(output, "\n") == "true";
  paths.git_dir = take_until(output, mark);
  paths.common_dir = absolute_path(directory, take_until(output, mark));
  if (output.ends_with('\n')) output.remove_suffix(1);
  paths.top = output;
  return paths;
}

Error discovery_error(const std::string& directory, const base::ProcessResult& result) {
  const std::string where =
      directory.empty() ? "this directory" : "`" + base::printable(directory) + "`";
  Error error = git_failure(Code::kNotRepository, "rev-parse", result);
  std::string why = error.message().substr(error.message().find(": ") + 2);
  Error out(Code::kNotRepository, where + " is not in a usable git repository: " + why);
  for (const std::string& line : error.details()) base::add_detail(out, line);
  for (const std::string& line : error.hints()) base::add_hint(out, line);
  return error.hints().empty() ? std::move(out).hint("git init && cairn init") : out;
}

bool is_in(const std::string& path, const std::string& folder) {
  return path == folder || path.starts_with(folder + "/");
}

// What of `path` the repository at `top` tracks: the path itself, or a pointer of it or above it.
Result<bool> is_tracked(const std::string& top, const std::string& path) {
  base::ProcessOptions options;
  options.directory = top;
  options.drop_environment = repository_variables();
  std::vector<std::string> arguments = {"--literal-pathspecs", "ls-files", "-z", "--", path};
  for (auto whole = path; !whole.empty(); whole = base::parent_of(whole))
    arguments.push_back(whole + ".cairn");
  CAIRN_TRY(const auto answer, run_plain_git(arguments, std::move(options)));
  return !answer.output.empty();
}

// Who stands in a bare repository that came with a clone would have its config obeyed, and that
// names programs: git enters it (safe.bareRepository). A clone cannot bring a `.git`.
Status refuse_brought(const std::string& directory, const std::string& git_dir) {
  if (!is_in(absolute_path(directory, "."), git_dir)) return {};
  for (auto top = base::parent_of(git_dir); top.size() > 1; top = base::parent_of(top)) {
    if (!base::lstat_path(base::join(top, ".git"))) continue;
    CAIRN_TRY(const bool brought, is_tracked(top, git_dir.substr(top.size() + 1)));
    if (!brought) return {};
    return Error(Code::kNotRepository, "`" + base::printable(git_dir) +
                                           "` is a repository among the files of `" +
                                           base::printable(top) + "`, and is not entered")
        .hint("`cairn -C " + base::shell_word(top) + " …` works in the repository that has it")
        .slug("brought-repository");
  }
  return {};
}

}  // namespace

GitRepo::GitRepo(std::unique_ptr<State> state) : state_(std::move(state)) {}
GitRepo::GitRepo(GitRepo&&) noexcept = default;
GitRepo& GitRepo::operator=(GitRepo&&) noexcept = default;
GitRepo::~GitRepo() = default;

const GitPaths& GitRepo::paths() const { return state_->paths; }

Result<GitRepo> GitRepo::discover(const std::string& directory) {
  base::ProcessOptions options;
  options.directory = directory;
  // Every command wants the settings next: git lists them meanwhile.
  auto settings = start_plain_git({"config", "-z", "--list"}, options);
  // --show-toplevel comes last: it fails in a bare repository, after the rest was printed.
  auto answer = run_plain_git(
      {"rev-parse", "--is-bare-repository", "--is-shallow-repository", "--absolute-git-dir",
       "--is-bare-repository", "--git-common-dir", "--is-bare-repository", "--show-toplevel"},
      std::move(options));
  if (!answer.ok()) {
    if (directory.empty() || base::stat_path(directory)) return std::move(answer).error();
    return Error(Code::kNotRepository,
                 "there is no directory `" + base::printable(directory) + "`");
  }
  GitPaths paths = parse_discovery(directory, answer->output);
  if (paths.git_dir.empty()) return discovery_error(directory, *answer);
  CAIRN_CHECK(refuse_brought(directory, paths.git_dir));
  if (answer->exit_code != 0 && !paths.bare) {
    return Error(Code::kNotRepository, "this is git's own directory `" +
                                           base::printable(paths.git_dir) + "`, not a work tree")
        .hint("change into the work tree");
  }
  auto state = std::make_unique<State>(std::move(paths));
  state->asked_config.start(std::move(settings));
  return GitRepo(std::move(state));
}

Result<std::string> GitRepo::run(const std::vector<std::string>& arguments,
                                 const std::string& input) const {
  if (arguments.empty()) return Error(Code::kInternal, "no git command to run");
  GitCall call;
  call.arguments = arguments;
  call.input = input;
  return state_->command.run(call);
}

}  // namespace cairn::git
