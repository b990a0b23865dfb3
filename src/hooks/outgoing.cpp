#include "hooks/outgoing.hpp"

#include <algorithm>
#include <set>

#include "base/text.hpp"
#include "format/limits.hpp"
#include "git/blob_reader.hpp"

namespace cairn::hooks {

namespace {

std::string key_of(const git::PointerBlob& blob) { return blob.blob + blob.path; }

// The commits that these revisions name; nothing for one that is not here, or that is no commit.
Result<std::vector<std::string>> commits_of(const repo::Repository& repository,
                                            const std::vector<std::string>& revisions) {
  std::string input;
  for (const auto& revision : revisions) input += revision + "^{commit}\n";
  CAIRN_TRY(const std::string output,
            repository.git().run({"cat-file", "--batch-check=%(objectname)"}, input));
  std::vector<std::string> out;
  for (const auto line : base::split(output, '\n'))
    out.emplace_back(git::is_object_id(line) ? line : std::string_view());
  out.resize(revisions.size());
  return out;
}

// Commits to send, without those that the other side is known to have.
Status find_range(const repo::Repository& repository, const std::string& git_remote,
                  const std::vector<PushedRef>& refs, OutgoingCommits& out) {
  std::vector<std::string> revisions;
  for (const auto& ref : refs) {
    if (ref.deletes() || base::has_control_character(ref.local_id)) continue;
    revisions.push_back(ref.local_id);
    revisions.push_back(ref.remote_id);
  }
  if (revisions.empty()) return {};
  CAIRN_TRY(const auto commits, commits_of(repository, revisions));
  std::set<std::string> olds;
  for (std::size_t i = 0; i < commits.size(); ++i) {
    if (!commits[i].empty()) (i % 2 == 0 ? out.tips : olds).insert(commits[i]);
  }
  if (out.tips.empty()) return {};
  out.range.assign(out.tips.begin(), out.tips.end());
  CAIRN_TRY(const auto config, repository.git().config());
  const auto url = "remote." + git_remote + ".url";
  const bool named = std::ranges::any_of(config, [&](const auto& key) { return key.first == url; });
  if (!named && olds.empty()) return {};
  out.range.emplace_back("--not");
  if (named) out.range.push_back("--remotes=" + git_remote);
  out.range.insert(out.range.end(), olds.begin(), olds.end());
  return {};
}

// Every pointer of every commit of the range, and of the tips in any case: one that the other side
// has already, on another branch, may have gone there without its data.
Result<std::vector<git::PointerBlob>> all_pointers(const repo::Repository& repository,
                                                   const OutgoingCommits& commits,
                                                   const std::set<std::string>& walked) {
  CAIRN_TRY(auto blobs, repository.git().pointers_in_history(commits.range));
  std::set<std::string> seen;
  for (const auto& blob : blobs) seen.insert(key_of(blob));
  for (const auto& tip : commits.tips) {
    if (walked.contains(tip)) continue;
    CAIRN_TRY(const auto more, repository.git().pointers_in_history({tip + "^!"}));
    for (const auto& blob : more) {
      if (seen.insert(key_of(blob)).second) blobs.push_back(blob);
    }
  }
  return blobs;
}

// Whether each commit goes on from one that is sent too, or of which all is known to be there.
bool starts_at_known(const git::IntroducedPointers& sent, const std::set<std::string>& tips,
                     const std::set<std::string>& known, const std::set<std::string>& walked) {
  const auto covered = [&](const std::string& id) {
    return walked.contains(id) || known.contains(id);
  };
  const auto goes_on = [&](const auto& commit) {
    return commit.first_parent.empty() || covered(commit.first_parent);
  };
  return std::ranges::all_of(sent.commits, goes_on) && std::ranges::all_of(tips, covered);
}

}  // namespace

Result<OutgoingCommits> outgoing(const repo::Repository& repository, const std::string& git_remote,
                                 const std::vector<PushedRef>& refs,
                                 const std::set<std::string>& known) {
  OutgoingCommits out;
  CAIRN_CHECK(find_range(repository, git_remote, refs, out));
  if (out.range.empty()) return out;
  CAIRN_TRY(const auto sent, repository.git().pointers_introduced(out.range));
  std::set<std::string> walked;
  for (const auto& commit : sent.commits) walked.insert(commit.id);
  auto blobs = sent.pointers;
  if (!starts_at_known(sent, out.tips, known, walked)) {
    CAIRN_TRY(blobs, all_pointers(repository, out, walked));
  }
  std::set<std::string> new_ones;
  for (const auto& blob : sent.pointers) new_ones.insert(key_of(blob));
  std::vector<std::string> ids;
  for (const auto& blob : blobs) ids.push_back(blob.blob);
  CAIRN_TRY(const auto texts, repository.git().read_blobs(ids, format::kMaxPointerBytes));
  for (std::size_t i = 0; i < blobs.size(); ++i) {
    const bool is_new = new_ones.contains(key_of(blobs[i]));
    const auto path = repo::path_of_pointer(blobs[i].path);
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
