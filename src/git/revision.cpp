#include "git/revision.hpp"

#include <algorithm>
#include <string_view>

#include "base/text.hpp"

namespace cairn::git {
namespace {

bool is_plain(std::string_view text) { return !text.empty() && !base::has_control_character(text); }

bool selects_refs(std::string_view option) {
  for (const std::string_view name : {"--not", "--all", "--branches", "--tags", "--remotes"}) {
    if (option == name) return true;
  }
  for (const std::string_view start :
       {"--branches=", "--tags=", "--remotes=", "--glob=", "--exclude=", "--max-count="}) {
    if (option.starts_with(start)) return true;
  }
  return false;
}

Error with_shallow_hint(Error error, const GitPaths& paths) {
  if (!paths.shallow) return error;
  return std::move(error)
      .detail("this clone is shallow: older commits are not here")
      .hint("git fetch --unshallow --tags");
}

Error say_where_it_may_be(Error error, const GitPaths& paths) {
  return with_shallow_hint(std::move(error), paths)
      .hint("`git fetch --tags` brings branches and tags; `git log --oneline` lists commits")
      .slug("unknown-revision");
}

}  // namespace

Status check_revision(const std::string& revision) {
  if (is_plain(revision) && revision[0] != '-') return {};
  return Error(Code::kUsage, "`" + base::printable(revision) + "` is not a revision");
}

Status check_range(const std::vector<std::string>& range) {
  for (const std::string& argument : range) {
    if (is_plain(argument) && selects_refs(argument)) continue;
    CAIRN_CHECK(check_revision(argument));
  }
  return {};
}

Error unknown_revision(const std::string& revision, const GitPaths& paths) {
  return say_where_it_may_be(
      Error(Code::kUsage, "unknown revision `" + base::printable(revision) + "`"), paths);
}

Error range_failure(const base::ProcessResult& result, const GitPaths& paths) {
  for (const std::string_view words :
       {"bad revision", "unknown revision", "Invalid revision range"}) {
    if (result.errors.find(words) == std::string::npos) continue;
    return say_where_it_may_be(git_failure(Code::kUsage, "rev-list", result), paths);
  }
  return git_failure(Code::kIo, "rev-list", result);
}

}  // namespace cairn::git
