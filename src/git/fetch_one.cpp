#include "git/fetch_one.hpp"

#include <algorithm>

#include "base/shell.hpp"
#include "base/text.hpp"
#include "git/git_command.hpp"
#include "git/revision.hpp"

namespace cairn::git {

namespace {

// Pointers have at most 1 KiB; what else a tree holds is not needed.
constexpr const char* kFilter = "--filter=blob:limit=2k";

// What git's words about a fetch mean for a script: a wrong URL, no right to read, or nobody there.
Code code_of(const std::string& errors) {
  const auto any = [&](std::initializer_list<const char*> phrases) {
    return std::ranges::any_of(
        phrases, [&](const char* phrase) { return errors.find(phrase) != errors.npos; });
  };
  if (any({"Authentication failed", "Permission denied", "could not read Username",
           "could not read Password", "Host key verification failed"}))
    return Code::kUnauthenticated;
  if (any({"does not appear to be a git repository", "not found", "does not exist",
           "not a git repository"}))
    return Code::kUsage;
  return Code::kNetwork;
}

class BareFetch {
 public:
  BareFetch(const std::string& url, const std::string& directory, std::stop_token stop)
      : url_(url), directory_(directory), stop_(std::move(stop)) {}

  Status create() {
    CAIRN_CHECK(must({"init", "-q", "--bare", "--template=", "--", directory_}));
    // What makes it a partial clone is written by the fetch.
    return must_inside({"config", "remote.origin.url", url_});
  }

  // The server gives branches and tags by name; most give commits, too.
  Result<bool> fetch_by_name(const std::string& revision) {
    CAIRN_TRY(const auto answer,
              inside({"fetch", "-q", "--depth=1", "--no-tags", kFilter, "--end-of-options",
                      "origin", revision.empty() ? "HEAD" : revision}));
    failure_ = answer;
    if (answer.exit_code != 0) return false;
    CAIRN_CHECK(must_inside({"update-ref", "--no-deref", "HEAD", "FETCH_HEAD^{commit}"}));
    return true;
  }

  // An abbreviated commit, or "main~2": only the whole history tells.
  Result<bool> fetch_by_history(const std::string& revision) {
    CAIRN_TRY(const auto answer,
              inside({"fetch", "-q", kFilter, "--end-of-options", "origin",
                      "+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"}));
    if (answer.exit_code != 0) return false;  // the first failure says why
    CAIRN_TRY(const auto found,
              inside({"rev-parse", "-q", "--verify", "--end-of-options", revision + "^{commit}"}));
    if (found.exit_code != 0) return false;
    const auto id = found.output.substr(0, found.output.find('\n'));
    CAIRN_CHECK(must_inside({"update-ref", "--no-deref", "HEAD", id}));
    return true;
  }

  Result<std::string> commit() {
    CAIRN_TRY(const auto found, inside({"rev-parse", "--verify", "HEAD^{commit}"}));
    if (found.exit_code != 0) return git_failure(Code::kIo, "rev-parse", found);
    return found.output.substr(0, found.output.find('\n'));
  }

  [[nodiscard]] Error failure(const std::string& revision) const {
    auto error = git_failure(code_of(failure_.errors), "fetch", failure_);
    const bool unknown = failure_.errors.find("find remote ref") != std::string::npos ||
                         failure_.errors.find("not our ref") != std::string::npos;
    const auto shown = base::printable(url_);
    if (!unknown)
      return std::move(error)
          .with("fetching from `" + shown + "`")
          .hint("git ls-remote " + base::shell_quoted(shown) + "  # has to work first");
    return Error(Code::kUsage, "`" + base::printable(revision) +
                                   "` is no branch, tag or commit of `" + shown + "`")
        .hint("`git ls-remote " + shown + "` lists its branches and tags")
        .slug("unknown-revision");
  }

 private:
  // Of the repository here, if there is one, nothing counts; the user's settings do.
  [[nodiscard]] Result<base::ProcessResult> run(const std::vector<std::string>& arguments) const {
    base::ProcessOptions options;
    options.stop = stop_;
    options.drop_environment = repository_variables();
    return run_plain_git(arguments, std::move(options));
  }
  [[nodiscard]] Result<base::ProcessResult> inside(const std::vector<std::string>& call) const {
    std::vector<std::string> arguments{
        "--git-dir=" + directory_, "-c", "gc.auto=0", "-c", "fetch.recurseSubmodules=false", "-c",
        "maintenance.auto=false"};
    arguments.insert(arguments.end(), call.begin(), call.end());
    return run(arguments);
  }
  Status must_inside(const std::vector<std::string>& call) const {
    CAIRN_TRY(const auto answer, inside(call));
    if (answer.exit_code != 0) return git_failure(Code::kIo, call.front(), answer);
    return {};
  }
  Status must(const std::vector<std::string>& call) const {
    CAIRN_TRY(const auto answer, run(call));
    if (answer.exit_code != 0) return git_failure(Code::kIo, call.front(), answer);
    return {};
  }

  const std::string& url_;
  const std::string& directory_;
  const std::stop_token stop_;
  base::ProcessResult failure_;
};

}  // namespace

Result<std::string> fetch_one(const std::string& url, const std::string& revision,
                              const std::string& directory, std::stop_token stop) {
  if (url.empty() || url.starts_with('-') || base::has_control_character(url))
    return Error(Code::kUsage, "this is not a URL to fetch from").slug("bad-url");
  if (!revision.empty()) CAIRN_CHECK(check_revision(revision));
  BareFetch fetch(url, directory, std::move(stop));
  CAIRN_CHECK(fetch.create());
  CAIRN_TRY(bool found, fetch.fetch_by_name(revision));
  if (!found && !revision.empty()) {
    CAIRN_TRY(found, fetch.fetch_by_history(revision));
  }
  if (!found) return fetch.failure(revision);
  return fetch.commit();
}

}  // namespace cairn::git
