#include "hooks/outgoing.hpp"

#include <algorithm>
#include <set>

#include "base/text.hpp"
#include "format/limits.hpp"
#include "hooks/paths.hpp"

namespace cairn::hooks {

namespace {

// Commits to send, without those that the other side is known to have.
Result<std::vector<std::string>> range_of(const repo::Repository& repository,
                                          const std::string& git_remote,
                                          const std::vector<PushedRef>& refs) {
  std::set<std::string> news, olds;
  for (const auto& ref : refs) {
    if (ref.deletes()) continue;
    const auto commit = repository.git().resolve_commit(ref.local_id);
    if (commit) news.insert(*commit);  // a tag of a file or folder names no commit
    const auto theirs = repository.git().resolve_commit(ref.remote_id);
    if (theirs) olds.insert(*theirs);
  }
  std::vector<std::string> range(news.begin(), news.end());
  if (range.empty()) return range;
  CAIRN_TRY(const auto config, repository.git().config());
  const auto url = "remote." + git_remote + ".url";
  const bool named = std::ranges::any_of(config, [&](const auto& key) { return key.first == url; });
  if (!named && olds.empty()) return range;
  range.emplace_back("--not");
  if (named) range.push_back("--remotes=" + git_remote);
  range.insert(range.end(), olds.begin(), olds.end());
  return range;
}

// Of every commit of the range, and of the tips in any case: one that the other side has already,
// on another branch, may have gone there without its data.
Result<std::vector<git::PointerBlob>> pointers_of(const repo::Repository& repository,
                                                  const std::vector<std::string>& range) {
  const auto& git = repository.git();
  CAIRN_TRY(auto blobs, git.pointers_in_history(range));
  std::vector<std::string> list = {"rev-list"};
  list.insert(list.end(), range.begin(), range.end());
  CAIRN_TRY(const std::string walked, git.run(list));
  std::set<std::pair<std::string, std::string>> seen;
  for (const auto& blob : blobs) seen.emplace(blob.path, blob.blob);
  for (const auto& tip : range) {
    if (tip == "--not") break;
    if (walked.find(tip) != std::string::npos) continue;
    CAIRN_TRY(const auto more, git.pointers_in_history({tip + "^!"}));
    for (const auto& blob : more) {
      if (seen.emplace(blob.path, blob.blob).second) blobs.push_back(blob);
    }
  }
  return blobs;
}

std::string key_of(const git::PointerBlob& blob) { return blob.blob + blob.path; }

}  // namespace

Result<OutgoingCommits> outgoing(const repo::Repository& repository, const std::string& git_remote,
                                 const std::vector<PushedRef>& refs) {
  OutgoingCommits out;
  CAIRN_TRY(out.range, range_of(repository, git_remote, refs));
  if (out.range.empty()) return out;
  CAIRN_TRY(const auto blobs, pointers_of(repository, out.range));
  if (blobs.empty()) return out;
  CAIRN_TRY(const auto brought, repository.git().pointers_introduced(out.range));
  std::set<std::string> new_ones;
  for (const auto& blob : brought) new_ones.insert(key_of(blob));
  std::vector<std::string> ids;
  for (const auto& blob : blobs) ids.push_back(blob.blob);
  CAIRN_TRY(const auto texts, repository.git().read_blobs(ids, format::kMaxPointerBytes));
  for (std::size_t i = 0; i < blobs.size(); ++i) {
    const bool is_new = new_ones.contains(key_of(blobs[i]));
    const auto path = data_path(blobs[i].path);
    auto parsed = format::decode_pointer(texts[i]);
    if (parsed) {
      out.versions.push_back({blobs[i], {path, std::move(parsed->pointer)}, is_new});
    } else if (is_new) {
      out.faults.push_back(
          {blobs[i].path,
           "is not a valid pointer (" + parsed.error().message() + ")",
           {"amend the commit that has it: cairn add '" + base::printable(path) + "'"},
           false});
    }
  }
  return out;
}

}  // namespace cairn::hooks
