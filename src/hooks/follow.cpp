#include "hooks/follow.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <span>

#include "base/file.hpp"
#include "base/text.hpp"
#include "git/blob_reader.hpp"
#include "hooks/leave.hpp"
#include "repo/checkout_plan.hpp"
#include "repo/outside.hpp"
#include "repo/tree_state.hpp"
#include "repo/versions.hpp"

namespace cairn::hooks {

namespace {

constexpr std::size_t kMaxStateBytes = std::size_t{1} << 20;

bool is_none(std::string_view id) { return id.find_first_not_of('0') == std::string_view::npos; }

std::string followed_file(const repo::Repository& repository) {
  return base::join(repository.state_directory(), "followed");
}

// The commit that the data followed last; else what git says it comes from. Empty: nothing is
// known.
Result<std::string> start_of(const repo::Repository& repository,
                             const std::vector<std::string>& arguments) {
  CAIRN_TRY(const auto bytes, base::read_file_if_exists(followed_file(repository), kMaxStateBytes));
  std::string id(bytes ? base::text_of(*bytes) : "");
  if (id.ends_with('\n')) id.pop_back();
  if (git::is_object_id(id)) return id;
  const bool given = !arguments.empty() && git::is_object_id(arguments[0]);
  if (given) return is_none(arguments[0]) ? std::string() : arguments[0];
  for (const char* revision : {"ORIG_HEAD", "HEAD@{1}", "HEAD^"}) {
    const auto found = repository.git().resolve_commit(revision);
    if (found) return *found;
  }
  return std::string();
}

Status remember(const repo::Repository& repository, const std::string& commit) {
  CAIRN_CHECK(base::make_directories(repository.state_directory()));
  return base::write_file_atomic(followed_file(repository), base::view_of(commit + "\n"), 0666,
                                 base::Durability::kCacheOnly);
}

// One pointer that differs, with what it says on both sides.
struct Candidate {
  std::string path;
  std::optional<repo::Tracked> before, after;
};

std::optional<repo::Tracked> parse(const std::string& path, const std::string& text) {
  auto parsed = format::decode_pointer(text);
  if (!parsed) return std::nullopt;  // status names it
  return repo::Tracked{path, std::move(parsed->pointer)};
}

Result<std::vector<Candidate>> candidates(const repo::Repository& repository,
                                          const std::vector<git::PointerChange>& changes) {
  std::vector<std::string> blobs;
  for (const auto& change : changes) {
    if (!change.before.empty()) blobs.push_back(change.before);
    if (!change.after.empty()) blobs.push_back(change.after);
  }
  CAIRN_TRY(const auto texts, repository.git().read_blobs(blobs, kMaxStateBytes));
  std::vector<Candidate> out;
  std::size_t next = 0;
  for (const auto& change : changes) {
    Candidate one{repo::path_of_pointer(change.path), {}, {}};
    if (!change.before.empty()) one.before = parse(one.path, texts[next++]);
    if (!change.after.empty()) one.after = parse(one.path, texts[next++]);
    out.push_back(std::move(one));
  }
  return out;
}

class Follower {
 public:
  Follower(const Context& context, repo::Repository& repository, Event event)
      : context_(context), repository_(repository), event_(event) {}

  // `left`: the commit that git says it comes from, where that is another one.
  Result<FollowReport> run(const std::string& from, const std::string& left,
                           const std::string& to) {
    CAIRN_TRY(const auto changes, changes_between(from, to));
    CAIRN_TRY(const bool here, left.empty() ? all_here(changes) : Result<bool>(false));
    if (here) return std::move(report_);
    CAIRN_TRY(const auto found, differences(changes, left, to));
    if (found.empty()) return std::move(report_);
    CAIRN_CHECK(carry_over(found));
    CAIRN_TRY(const bool takes_new, takes_new_paths(found, from));
    CAIRN_TRY(const auto outside, repo::OutsidePaths::read(repository_));
    for (const auto& one : found) {
      CAIRN_TRY(const auto known,
                workdir::StatCache::load(repository_.state_directory(), one.path));
      if (!one.after && one.before && known.exists()) gone_.push_back(*one.before);
      if (!one.after) continue;
      CAIRN_TRY(const auto noted, outside.find(one.path));
      if (noted && !one.before) continue;  // moved by git
      const bool stale = known.exists()
                             ? known.oid() != one.after->pointer.oid || went_with_git(one)
                             : takes_new && !one.before;
      if (stale) wanted_.push_back(*one.after);
    }
    CAIRN_CHECK(leave_gone());
    bring_wanted();
    return std::move(report_);
  }

 private:
  // The usual commit: what it changes was added here, and stands as the pointers say.
  [[nodiscard]] Result<bool> all_here(const std::vector<git::PointerChange>& changes) const {
    for (const auto& change : changes) {
      if (change.after.empty()) return false;
      const auto path = repo::path_of_pointer(change.path);
      const auto pointer = repository_.tracked_in_tree(path);
      if (!pointer || !*pointer) return false;
      CAIRN_TRY(const auto known, workdir::StatCache::load(repository_.state_directory(), path));
      if (!known.exists() || known.oid() != (*pointer)->pointer.oid) return false;
      CAIRN_TRY(const auto found, repository_.tree().lstat(path));
      if (!found) return false;  // git took it away
    }
    return true;
  }

  // git am, which has no hook for it, may have moved HEAD since, and somebody the data by hand:
  // what stands here tells which of the two commits a path comes from.
  Result<std::vector<Candidate>> differences(const std::vector<git::PointerChange>& changes,
                                             const std::string& left, const std::string& to) const {
    CAIRN_TRY(auto found, candidates(repository_, changes));
    if (left.empty()) return found;
    const auto more = repository_.git().pointer_changes(left, to);
    if (!more || more->empty()) return found;
    std::map<std::string, Candidate> by_path;
    for (auto& one : found) by_path.emplace(one.path, std::move(one));
    CAIRN_TRY(auto others, candidates(repository_, *more));
    for (auto& one : others) {
      const auto [place, is_new] = by_path.try_emplace(one.path, one);
      if (is_new || !one.before) continue;
      CAIRN_TRY(const auto known,
                workdir::StatCache::load(repository_.state_directory(), one.path));
      if (known.exists() && known.oid() == one.before->pointer.oid) place->second = std::move(one);
    }
    found.clear();
    for (auto& [path, one] : by_path) found.push_back(std::move(one));
    return found;
  }

  Result<std::vector<git::PointerChange>> changes_between(const std::string& from,
                                                          const std::string& to) const {
    if (is_none(to)) return all_gone(from);
    if (!from.empty()) {
      auto changes = repository_.git().pointer_changes(from, to);
      if (changes) return changes;  // else the older commit is not here any more
    }
    CAIRN_TRY(const auto blobs, repository_.git().pointers_at(to));
    std::vector<git::PointerChange> out;
    for (const auto& blob : blobs) out.push_back({blob.path, "", blob.blob});
    return out;
  }

  // `git switch --orphan`: to a branch without a commit yet, where git takes its files away.
  Result<std::vector<git::PointerChange>> all_gone(const std::string& from) const {
    std::vector<git::PointerChange> out;
    if (is_none(from)) return out;
    CAIRN_TRY(const auto blobs, repository_.git().pointers_at(from));
    for (const auto& blob : blobs) out.push_back({blob.path, blob.blob, ""});
    return out;
  }

  // `git mv` of a folder moves the data in it too: what is known of it goes along, as by cairn mv.
  // So does the note of data that stands outside.
  Status carry_over(const std::vector<Candidate>& found) const {
    std::multimap<Digest, const repo::Tracked*> arrived;
    for (const auto& one : found) {
      if (!one.before && one.after) arrived.emplace(one.after->pointer.oid, &*one.after);
    }
    if (arrived.empty()) return {};
    CAIRN_TRY(const auto outside, repo::OutsidePaths::read(repository_));
    for (const auto& one : found) {
      if (one.after || !one.before) continue;
      CAIRN_TRY(const auto noted, outside.find(one.path));
      CAIRN_TRY(const auto left, repository_.tree().lstat(one.path));
      if (left && !noted) continue;
      const auto [first, last] = arrived.equal_range(one.before->pointer.oid);
      for (auto at = first; at != last; ++at) {
        const auto& to = *at->second;
        if (!(to.pointer == one.before->pointer)) continue;
        CAIRN_TRY(const bool free, noted ? Result<bool>(true) : holds_unknown_data(to.path));
        if (!free) continue;
        CAIRN_CHECK(repo::move_state(repository_, one.path, to.path));
        arrived.erase(at);
        break;
      }
    }
    return {};
  }

  [[nodiscard]] Result<bool> holds_unknown_data(const std::string& path) const {
    CAIRN_TRY(const auto there, repository_.tree().lstat(path));
    CAIRN_TRY(const auto known, workdir::StatCache::load(repository_.state_directory(), path));
    return there && !known.exists();
  }

  // A path that was never here comes only where everything else is here: a tree in which some paths
  // were left out keeps its choice. What a commit of one's own adds was added from this tree, or on
  // purpose from elsewhere.
  Result<bool> takes_new_paths(const std::vector<Candidate>& found, const std::string& from) const {
    if (event_ == Event::kPostCommit) return false;
    const auto is_new = [](const Candidate& one) { return one.after && !one.before; };
    if (from.empty()) return true;
    if (std::ranges::none_of(found, is_new)) return false;
    CAIRN_TRY(const auto blobs, repository_.git().pointers_in_index());
    CAIRN_TRY(const auto outside, repo::OutsidePaths::read(repository_));
    std::set<std::string_view> new_ones;
    for (const auto& one : found) {
      if (is_new(one)) new_ones.insert(one.path);
    }
    for (const auto& blob : blobs) {
      const auto path = repo::path_of_pointer(blob.path);
      if (new_ones.contains(path)) continue;
      CAIRN_TRY(const auto known, workdir::StatCache::load(repository_.state_directory(), path));
      CAIRN_TRY(const auto noted, outside.find(path));
      if (!known.exists() && !noted) return false;
    }
    return true;
  }

  // git had files of its own there in between, and took them away.
  [[nodiscard]] bool went_with_git(const Candidate& one) const {
    if (one.before) return false;
    const auto found = repository_.tree().lstat(one.path);
    return found && !*found;
  }

  // A pointer that one's own commit removes says nothing about the data.
  Status leave_gone() {
    if (event_ == Event::kPostCommit || gone_.empty()) return {};
    CAIRN_TRY(auto by_git,
              repository_.git().tracked_below(gone_.size() == 1 ? gone_.front().path : ""));
    std::ranges::sort(by_git);
    for (const auto& before : gone_) {
      if (std::ranges::binary_search(by_git, before.path)) continue;
      const auto below = std::ranges::lower_bound(by_git, before.path + "/");
      if (below != by_git.end() && below->starts_with(before.path + "/")) continue;
      auto left = leave(context_, repository_, before, report_);
      if (!left) note_failure(before, left.error());
    }
    return {};
  }

  void bring_wanted() {
    std::vector<repo::Selected> items;
    for (const auto& item : wanted_) {
      auto found = repository_.tracked_in_tree(item.path);
      if (found && *found) {
        items.push_back({**std::move(found), {}, true});
      } else {
        note_failure(item, found ? Error(Code::kUsage, "its pointer is not in the work tree")
                                 : found.error());
      }
    }
    bring(items);
  }

  // What can follow does: where all cannot, one half after the other.
  void bring(std::span<const repo::Selected> items) {
    if (items.empty()) return;
    const auto done =
        repo::checkout_selected(context_, repository_, {items.begin(), items.end()}, {});
    if (done) {
      for (const auto& item : items) report_.followed.push_back(item.tracked.path);
      report_.files_written += done->written;
      report_.files_removed += done->removed;
    } else if (items.size() == 1) {
      note_failure(items.front().tracked, done.error());
    } else {
      bring(items.first(items.size() / 2));
      bring(items.subspan(items.size() / 2));
    }
  }

  void note_failure(const repo::Tracked& item, const Error& error) {
    if (error.code() == Code::kMissing) {
      report_.missing.push_back(item.path);
      report_.missing_bytes += item.pointer.size_bytes;
    } else if (error.code() == Code::kConflict) {
      report_.kept.push_back(item.path);
    } else {
      report_.trouble.push_back(item.path + ": " + error.message());
    }
  }

  const Context& context_;
  repo::Repository& repository_;
  Event event_;
  std::vector<repo::Tracked> wanted_, gone_;
  FollowReport report_;
};

// More than the line of the commit that was just made.
bool has_more_to_do(const std::string& todo) {
  const auto bytes = base::read_file_if_exists(todo, kMaxStateBytes);
  if (!bytes) return true;
  if (!*bytes) return false;
  std::size_t steps = 0;
  for (const auto line : base::split(base::text_of(**bytes), '\n'))
    steps += !line.empty() && line.front() != '#';
  return steps > 1;
}

}  // namespace

bool is_under_way(const std::string& git_dir, Event event,
                  const std::vector<std::string>& arguments) {
  const auto has = [&](const char* name) {
    return base::stat_path(base::join(git_dir, name)).has_value();
  };
  // The end of a rebase is told while its folder still stands.
  const bool end_of_rebase =
      event == Event::kPostRewrite && !arguments.empty() && arguments[0] == "rebase";
  if (!end_of_rebase && (has("rebase-merge") || has("rebase-apply"))) return true;
  if (event == Event::kPostCommit) return has_more_to_do(base::join(git_dir, "sequencer/todo"));
  if (event != Event::kPostCheckout || arguments.empty()) return false;
  // A cherry-pick of one commit into a reftable is not seen here; git switch does not leave it.
  return has("MERGE_HEAD") || has("CHERRY_PICK_HEAD") || has("REVERT_HEAD") || has("sequencer");
}

Result<FollowReport> follow(const Context& context, repo::Repository& repository, Event event,
                            const std::vector<std::string>& arguments) {
  const auto& paths = repository.git().paths();
  const bool one_file =
      event == Event::kPostCheckout && arguments.size() > 2 && arguments[2] == "0";
  if (paths.bare || one_file || is_under_way(paths.git_dir, event, arguments))
    return FollowReport();
  const bool told =
      event == Event::kPostCheckout && arguments.size() > 1 && git::is_object_id(arguments[1]);
  std::string to = told ? arguments[1] : "";
  if (!told) {
    CAIRN_TRY(to, repository.git().resolve_commit("HEAD"));
  }
  CAIRN_TRY(const auto from, start_of(repository, told ? arguments : std::vector<std::string>()));
  const bool elsewhere = told && !is_none(arguments[0]) && arguments[0] != from;
  const auto left = elsewhere ? arguments[0] : std::string();
  if (from == to && (left.empty() || left == to)) return FollowReport();
  CAIRN_TRY(auto report, Follower(context, repository, event).run(from, left, to));
  CAIRN_CHECK(remember(repository, to));
  return report;
}

}  // namespace cairn::hooks
