// Commits, trees and blobs by plumbing commands.
#include <algorithm>
#include <charconv>
#include <limits>

#include "base/text.hpp"
#include "git/blob_reader.hpp"
#include "git/pointer_listing.hpp"
#include "git/revision.hpp"
#include "git/state.hpp"

namespace cairn::git {
namespace {

constexpr const char* kCommitFormat = "--format=tformat:%at%x00%an%x00%s";

// "commit <id>", then one line in kCommitFormat: names and subjects hold no line end.
std::vector<CommitInfo> parse_commits(std::string_view output) {
  std::vector<CommitInfo> commits;
  CommitInfo commit;
  for_each_part(output, '\n', [&](std::string_view line) {
    if (commit.id.empty()) {
      if (line.starts_with("commit ")) commit.id = line.substr(7);
      return;
    }
    const auto fields = base::split(line, '\0');
    if (fields.size() >= 3) {
      std::from_chars(fields[0].data(), fields[0].data() + fields[0].size(), commit.time_s);
      commit.author = fields[1];
      commit.subject = fields[2];
    }
    commits.push_back(std::exchange(commit, {}));
  });
  return commits;
}

Result<base::ProcessResult> list_commits(const GitCommand& command, const std::string& revision,
                                         const std::string& path, std::size_t limit) {
  GitCall call;
  call.arguments = {"rev-list", kCommitFormat, "--encoding=UTF-8"};
  // Later versions of git refuse a number that is none of theirs.
  const bool limited = limit != 0 && limit <= std::numeric_limits<std::int32_t>::max();
  if (limited) call.arguments.push_back("--max-count=" + std::to_string(limit));
  call.arguments.insert(call.arguments.end(), {"--end-of-options", revision, "--"});
  if (!path.empty()) call.arguments.push_back(path);
  return command.try_run(call);
}

// Why git cannot read it: never here, promised by a remote that does not give it, or damaged.
Error unreadable_blob(const GitCommand& command, const Result<ConfigListing>& settings,
                      const std::string& blob) {
  GitCall call;
  call.arguments = {"cat-file", "blob", blob};
  auto answer = command.try_run(call);
  if (!answer.ok()) return std::move(answer).error();
  if (answer->exit_code == 0) {
    return Error(Code::kIo, "git ended while it read object " + blob + ", which can be read now");
  }
  const bool is_partial =
      settings.ok() && std::any_of(settings->begin(), settings->end(), [](const auto& setting) {
        return setting.first.starts_with("remote.") && setting.first.ends_with(".promisor");
      });
  if (is_partial) return git_failure(Code::kMissing, "cat-file", *answer).hint("git fetch");
  if (answer->errors.find("error: ") != std::string::npos) {
    return git_failure(Code::kCorrupt, "cat-file", *answer).hint("git fsck");
  }
  return Error(Code::kMissing, "git object " + blob + " is not in this repository")
      .hint("git fsck");
}

}  // namespace

Result<std::string> GitRepo::resolve_commit(const std::string& revision) const {
  CAIRN_CHECK(check_revision(revision));
  GitCall call;
  call.arguments = {"rev-parse", "--verify", "--end-of-options", revision + "^{commit}"};
  CAIRN_TRY(const auto answer, state_->command.try_run(call));
  std::string_view id = answer.output;
  if (id.ends_with('\n')) id.remove_suffix(1);
  if (answer.exit_code == 0 && is_object_id(id)) return std::string(id);
  if (answer.errors.find("is ambiguous") != std::string::npos) {
    return git_failure(Code::kUsage, "rev-parse", answer);
  }
  if (revision == "HEAD") return Error(Code::kUsage, "there is no commit yet").hint("git commit");
  return unknown_revision(revision, state_->paths);
}

Result<std::vector<PointerBlob>> GitRepo::pointers_at(const std::string& commit) const {
  CAIRN_CHECK(check_revision(commit));
  GitCall call;
  call.arguments = {"ls-tree", "-r", "-z", "--full-tree", "--end-of-options", commit};
  CAIRN_TRY(const std::string output, state_->command.run(call));
  return parse_tree_listing(output);
}

Result<std::vector<std::string>> GitRepo::read_blobs(const std::vector<std::string>& blobs,
                                                     std::size_t max_bytes) const {
  for (const std::string& blob : blobs) {
    if (!is_object_id(blob)) {
      return Error(Code::kInternal, "`" + blob + "` is not the id of a git object");
    }
  }
  std::vector<std::string> contents;
  if (blobs.empty()) return contents;
  contents.reserve(blobs.size());
  Status status = state_->read(blobs, max_bytes, contents);
  if (status.ok()) return contents;
  if (status.error().code() == Code::kCorrupt) return std::move(status).error();
  return unreadable_blob(state_->command, config(), blobs.at(contents.size()));
}

Result<std::vector<CommitInfo>> GitRepo::log_of(const std::string& path,
                                                const std::string& revision,
                                                std::size_t limit) const {
  CAIRN_CHECK(check_revision(revision));
  CAIRN_TRY(const auto answer, list_commits(state_->command, revision, path, limit));
  if (answer.exit_code != 0) return range_failure(answer, state_->paths);
  return parse_commits(answer.output);
}

Result<std::optional<CommitInfo>> GitRepo::head() const {
  CAIRN_TRY(const auto answer, list_commits(state_->command, "HEAD", "", 1));
  auto commits = parse_commits(answer.output);
  if (answer.exit_code == 0 && !commits.empty()) return std::optional(std::move(commits[0]));
  GitCall call;
  call.arguments = {"rev-parse", "--verify", "--quiet", "HEAD"};
  CAIRN_TRY(const auto named, state_->command.try_run(call));
  if (named.exit_code == 0) return git_failure(Code::kIo, "rev-list", answer);
  return std::optional<CommitInfo>();
}

}  // namespace cairn::git
