// The index: staging with patience for git's lock, listing, and what .gitignore says.
#include <charconv>
#include <set>

#include "base/text.hpp"
#include "git/sparse.hpp"
#include "git/stage.hpp"
#include "git/state.hpp"

namespace cairn::git {
namespace {

// What git says about it.
Result<std::string> change_index(const GitCommand& command, std::vector<std::string> arguments,
                                 const std::vector<std::string>& paths) {
  if (paths.empty()) return std::string();
  GitCall call;
  call.arguments = std::move(arguments);
  call.arguments.insert(call.arguments.end(),
                        {"--pathspec-from-file=-", "--pathspec-file-nul"});  // no limit on length
  call.input = joined_input(paths, '\0');
  return command.run_locked(call);
}

Result<std::string> add_to_index(const GitRepo& repo, const std::vector<std::string>& paths) {
  const GitCommand command(repo.paths());
  CAIRN_TRY(const bool sparse, is_sparse(repo));
  if (!sparse) return change_index(command, {"add", "--verbose"}, paths);
  // cairn's own files belong to every work tree, whatever a cone holds; the rest is the user's
  // choice.
  std::vector<std::string> own, others;
  for (const auto& path : paths) (path.starts_with(".cairn/") ? own : others).push_back(path);
  CAIRN_TRY(const auto said, change_index(command, {"add", "--verbose", "--sparse"}, own));
  auto added = change_index(command, {"add", "--verbose"}, others);
  if (!added) return outside_sparse(std::move(added).error());
  return said + *added;
}

}  // namespace

Status GitRepo::stage(const std::vector<std::string>& paths) const {
  CAIRN_CHECK(add_to_index(*this, paths));
  return {};
}

Result<std::vector<std::string>> stage_and_tell(const GitRepo& repo,
                                                const std::vector<std::string>& paths) {
  CAIRN_TRY(const auto said, add_to_index(repo, paths));
  // A line for each path whose entry changed; nothing is quoted.
  const auto lines = base::split(said, '\n');
  const std::set<std::string_view> changes(lines.begin(), lines.end());
  std::vector<std::string> out;
  for (const auto& path : paths) {
    const auto told = [&](const char* what) {
      const auto line = what + (" '" + path + "'");
      return path.find('\n') == std::string::npos ? changes.contains(line)
                                                  : said.find(line) != std::string::npos;
    };
    if (told("add") || told("remove")) out.push_back(path);
  }
  return out;
}

Status GitRepo::unstage_removed(const std::vector<std::string>& paths) const {
  // -f: the work tree is not touched, and the caller has decided.
  CAIRN_CHECK(
      change_index(state_->command, {"rm", "--cached", "--ignore-unmatch", "-q", "-f"}, paths));
  return {};
}

Result<std::vector<std::string>> GitRepo::tracked_below(const std::string& path) const {
  CAIRN_TRY(auto about, about_paths(path, {}));
  return std::move(about.tracked);
}

Result<GitRepo::AboutPaths> GitRepo::about_paths(const std::string& path,
                                                 const std::vector<std::string>& paths) const {
  GitCall call;
  call.arguments = {"ls-files", "-z", "--"};
  if (!path.empty()) call.arguments.push_back(path);
  CAIRN_TRY(auto listing, state_->command.start(call));
  AboutPaths about;
  CAIRN_TRY(about.ignored, ignored_paths(paths));
  CAIRN_TRY(const auto answer, listing.finish());
  if (answer.exit_code != 0) return git_failure(Code::kIo, "ls-files", answer);
  for_each_part(answer.output, '\0', [&](std::string_view entry) {  // its stages follow it
    if (about.tracked.empty() || about.tracked.back() != entry) about.tracked.emplace_back(entry);
  });
  return about;
}

Result<std::optional<GitRepo::IgnoredBy>> GitRepo::ignored(const std::string& path) const {
  GitCall call;
  call.arguments = {"check-ignore", "--verbose", "-z", "--no-index", "--stdin"};
  // check-ignore does not know --literal-pathspecs; it globs nothing, and no magic starts with a
  // dot.
  call.pathspecs = Pathspecs::kPatterns;
  call.input = joined_input({"./" + path}, '\0');
  CAIRN_TRY(const auto answer, state_->command.try_run(call));
  if (answer.exit_code == 1) return std::optional<IgnoredBy>();
  if (answer.exit_code != 0) return git_failure(Code::kIo, "check-ignore", answer);
  const auto fields = base::split(answer.output, '\0');
  if (fields.size() < 4) return Error(Code::kInternal, "git check-ignore gave no answer");
  IgnoredBy rule;
  rule.source = fields[0];
  const std::string top = state_->paths.top + "/";
  if (rule.source.starts_with(top)) rule.source.erase(0, top.size());  // .git/info/exclude
  std::from_chars(fields[1].data(), fields[1].data() + fields[1].size(), rule.line);
  rule.pattern = fields[2];
  if (rule.pattern.starts_with('!')) return std::optional<IgnoredBy>();  // the rule that keeps it
  return std::optional(std::move(rule));
}

Result<std::vector<bool>> GitRepo::ignored_paths(const std::vector<std::string>& paths) const {
  std::vector<bool> out(paths.size(), false);
  if (paths.empty()) return out;
  GitCall call;
  call.arguments = {"check-ignore", "--verbose", "--non-matching", "-z", "--no-index", "--stdin"};
  call.pathspecs = Pathspecs::kPatterns;
  for (const auto& path : paths) call.input += "./" + path + '\0';
  CAIRN_TRY(const auto answer, state_->command.try_run(call));
  if (answer.exit_code > 1) return git_failure(Code::kIo, "check-ignore", answer);
  const auto fields = base::split(answer.output, '\0');  // source, line, pattern, path
  for (std::size_t i = 0; i < paths.size() && 4 * i + 3 < fields.size(); ++i)
    out[i] = !fields[4 * i + 2].empty() && !fields[4 * i + 2].starts_with('!');
  return out;
}

}  // namespace cairn::git
