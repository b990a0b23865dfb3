#include "git/fetch_one.hpp"

#include <algorithm>
#include <set>

#include "base/file.hpp"
#include "base/shell.hpp"
#include "base/text.hpp"
#include "git/git_command.hpp"
#include "git/pointer_listing.hpp"
#include "git/revision.hpp"
#include "git/url.hpp"

namespace cairn::git {

namespace {

// Trees alone; the blobs that are needed are asked for by their ids.
constexpr const char* kNoBlobs = "--filter=blob:none";
// Of a server that gives no blob by its id: pointers have at most 1 KiB.
constexpr const char* kSmallBlobs = "--filter=blob:limit=2k";

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
  BareFetch(const std::string& url, const std::string& directory, const char* filter,
            std::stop_token stop)
      : url_(url), directory_(directory), filter_(filter), stop_(std::move(stop)) {}

  Status create() {
    CAIRN_CHECK(must({"init", "-q", "--bare", "--template=", "--", directory_}));
    // What makes it a partial clone is written by the fetch.
    return must_inside({"config", "remote.origin.url", url_});
  }

  // The server gives branches and tags by name; most give commits, too.
  Result<bool> fetch_by_name(const std::string& revision) {
    CAIRN_TRY(const auto answer,
              inside({"fetch", "-q", "--depth=1", "--no-tags", filter_, "--end-of-options",
                      "origin", revision.empty() ? "HEAD" : revision}));
    failure_ = answer;
    if (answer.exit_code != 0) return false;
    CAIRN_CHECK(must_inside({"update-ref", "--no-deref", "HEAD", "FETCH_HEAD^{commit}"}));
    return true;
  }

  // An abbreviated commit, or "main~2": only the whole history tells.
  Result<bool> fetch_by_history(const std::string& revision) {
    CAIRN_TRY(const auto answer,
              inside({"fetch", "-q", filter_, "--end-of-options", "origin",
                      "+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"}));
    if (answer.exit_code != 0) return false;  // the first failure says why
    CAIRN_TRY(const auto found,
              inside({"rev-parse", "-q", "--verify", "--end-of-options", revision + "^{commit}"}));
    if (found.exit_code != 0) return false;
    const auto id = found.output.substr(0, found.output.find('\n'));
    CAIRN_CHECK(must_inside({"update-ref", "--no-deref", "HEAD", id}));
    return true;
  }

  // Pointers and settings of the commit, in one request. False: this server does not do that.
  Result<bool> fetch_blobs() {
    CAIRN_TRY(const auto missing, missing_objects());
    if (missing.empty()) return true;  // it takes no filter and gave everything
    CAIRN_TRY(const auto listed, inside({"ls-tree", "-r", "-z", "HEAD"}));
    if (listed.exit_code != 0) return git_failure(Code::kIo, "ls-tree", listed);
    std::vector<std::string> wanted;
    for_each_part(listed.output, '\0', [&](std::string_view entry) {
      const auto tab = std::min(entry.find('\t'), entry.size());
      const auto path = entry.substr(std::min(tab + 1, entry.size()));
      const auto fields = base::split(entry.substr(0, tab), ' ');
      if (fields.size() != 3 || !(is_pointer(fields[0], path) || !is_of_tree(path))) return;
      if (const auto found = missing.find(fields[2]); found != missing.end())
        wanted.push_back(*found);
    });
    if (wanted.empty()) return true;
    CAIRN_TRY(const auto answer,
              inside({"-c", "fetch.negotiationAlgorithm=noop", "fetch", "-q", "--no-tags",
                      "--no-write-fetch-head", kNoBlobs, "--stdin", "origin"},
                     joined_input(wanted, '\n')));
    return answer.exit_code == 0;
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
    const auto shown = base::printable(holds_secret(url_) ? without_user(url_) : url_);
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
  // Of the tree of HEAD; nothing is fetched for the answer.
  [[nodiscard]] Result<std::set<std::string, std::less<>>> missing_objects() const {
    CAIRN_TRY(const auto listed,
              inside({"rev-list", "--objects", "--no-walk", "--missing=print", "HEAD"}));
    if (listed.exit_code != 0) return git_failure(Code::kIo, "rev-list", listed);
    std::set<std::string, std::less<>> out;
    for_each_part(listed.output, '\n', [&](std::string_view line) {
      if (line.starts_with('?')) out.emplace(line.substr(1));
    });
    return out;
  }

  // Of the repository here, if there is one, nothing counts; the user's settings do.
  [[nodiscard]] Result<base::ProcessResult> run(const std::vector<std::string>& arguments,
                                                std::string input = "") const {
    base::ProcessOptions options;
    options.input = std::move(input);
    options.stop = stop_;
    options.drop_environment = repository_variables();
    return run_plain_git(arguments, std::move(options));
  }
  [[nodiscard]] Result<base::ProcessResult> inside(const std::vector<std::string>& call,
                                                   std::string input = "") const {
    std::vector<std::string> arguments{
        "--git-dir=" + directory_, "-c", "gc.auto=0", "-c", "fetch.recurseSubmodules=false", "-c",
        "maintenance.auto=false"};
    arguments.insert(arguments.end(), call.begin(), call.end());
    return run(arguments, std::move(input));
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
  const char* const filter_;
  const std::stop_token stop_;
  base::ProcessResult failure_;
};

}  // namespace

Result<std::string> fetch_one(const std::string& url, const std::string& revision,
                              const std::string& directory, std::stop_token stop) {
  if (url.empty() || url.starts_with('-') || base::has_control_character(url))
    return Error(Code::kUsage, "this is not a URL to fetch from").slug("bad-url");
  if (!revision.empty()) CAIRN_CHECK(check_revision(revision));
  const auto bring = [&](BareFetch& fetch) -> Status {
    CAIRN_CHECK(fetch.create());
    CAIRN_TRY(bool found, fetch.fetch_by_name(revision));
    if (!found && !revision.empty()) {
      CAIRN_TRY(found, fetch.fetch_by_history(revision));
    }
    if (!found) return fetch.failure(revision);
    return {};
  };
  BareFetch trees(url, directory, kNoBlobs, stop);
  CAIRN_CHECK(bring(trees));
  CAIRN_TRY(const bool complete, trees.fetch_blobs());
  if (complete) return trees.commit();
  CAIRN_CHECK(base::remove_tree(directory));
  BareFetch small(url, directory, kSmallBlobs, stop);
  CAIRN_CHECK(bring(small));
  return small.commit();
}

}  // namespace cairn::git
