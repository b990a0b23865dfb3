#include "hooks/inherited.hpp"

#include <algorithm>
#include <memory>
#include <set>

#include "base/file.hpp"
#include "base/text.hpp"
#include "repo/aliases.hpp"

namespace cairn::hooks {

namespace {

using Paths = std::set<std::string, std::less<>>;

constexpr std::size_t kMaxHeadsBytes = std::size_t{1} << 16;
// git names what it merges by such variables, before it writes MERGE_HEAD.
constexpr const char* kCherryPick = "CHERRY_PICK_HEAD";
constexpr std::string_view kMergedVariable = "GITHEAD_";

// A file, but for repositories that keep their refs in a table.
Result<bool> may_be_cherry_picking(const git::GitRepo& git) {
  CAIRN_TRY(const auto format, git.config_value("extensions.refstorage"));
  return (!format.empty() && format != "files") ||
         base::lstat_path(base::join(git.paths().git_dir, kCherryPick)).has_value();
}

// What is being brought into HEAD: commits beside it that the next one builds on.
Result<std::vector<std::string>> heads_brought(const repo::Repository& repository) {
  std::vector<std::string> out;
  CAIRN_TRY(const bool picking, may_be_cherry_picking(repository.git()));
  if (picking) {
    if (const auto commit = repository.git().resolve_commit(kCherryPick)) out.push_back(*commit);
  }
  CAIRN_TRY(const auto heads,  // more than one of an octopus
            base::read_file_if_exists(base::join(repository.git().paths().git_dir, "MERGE_HEAD"),
                                      kMaxHeadsBytes));
  for (const auto line : base::split(heads ? base::text_of(*heads) : "", '\n')) {
    if (!line.empty() && base::is_lower_hex(line)) out.emplace_back(line);
  }
  for (const auto& [name, unused] : repository.environment().variables) {
    if (!name.starts_with(kMergedVariable)) continue;
    auto id = name.substr(kMergedVariable.size());
    if (!id.empty() && base::is_lower_hex(id)) out.push_back(std::move(id));
  }
  return out;
}

// Paths inside the folder that are otherwise in the parent; nothing when its lists are not here.
Result<std::optional<Paths>> changed_since(const format::Pointer& parent,
                                           const repo::Tracked& tracked,
                                           const format::PageFetch& fetch) {
  Paths changed;
  const auto compared =
      format::diff_manifests(parent.oid.as<ChunkId>(), tracked.pointer.oid.as<ChunkId>(), fetch,
                             [&](const format::ManifestChange& change) -> Status {
                               if (change.after)
                                 changed.insert(tracked.path + "/" + change.after->path);
                               return {};
                             });
  if (compared) return std::optional(std::move(changed));
  if (compared.error().code() == Code::kMissing) return std::optional<Paths>();
  return compared.error();
}

void keep_common(Paths& paths, const Paths& others) {
  std::erase_if(paths, [&](const std::string& path) { return !others.contains(path); });
}

}  // namespace

void Parents::know_head(std::vector<repo::Tracked> tracked) {
  std::ranges::sort(tracked, {}, &repo::Tracked::path);
  head_ = std::move(tracked);
}

// Commits from before a move to cairn name data in other ways than by pointers.
Result<bool> Parents::head_says_all() {
  if (!head_) return false;
  if (!says_all_) {
    CAIRN_TRY(const auto brought, heads_brought(repository_));
    CAIRN_TRY(const bool aliases, repo::has_aliases(repository_));
    says_all_ = brought.empty() && !aliases;
  }
  return *says_all_;
}

Result<std::vector<const repo::Tracked*>> Parents::at(std::string_view path) {
  std::vector<const repo::Tracked*> out;
  const auto look_in = [&](const std::vector<repo::Tracked>& version) {
    const auto same = std::ranges::lower_bound(version, path, {}, &repo::Tracked::path);
    if (same != version.end() && same->path == path) out.push_back(&*same);
  };
  CAIRN_TRY(const bool enough, head_says_all());
  if (enough) {
    look_in(*head_);
    return out;
  }
  CAIRN_TRY(const auto all, versions());
  std::ranges::for_each(all, look_in);
  return out;
}

Result<std::span<const std::vector<repo::Tracked>>> Parents::versions() {
  if (!versions_) {
    CAIRN_TRY(auto commits, heads_brought(repository_));
    if (auto head = repository_.git().resolve_commit("HEAD")) commits.push_back(*std::move(head));
    versions_.emplace();
    for (const auto& commit : commits) {
      auto tracked = repository_.tracked_at(commit);
      // An older commit with a pointer that cannot be read says nothing.
      if (tracked) versions_->push_back(*std::move(tracked));
    }
  }
  return std::span<const std::vector<repo::Tracked>>(*versions_);
}

Result<sync::Wants> files_not_inherited(Parents& parents, const repo::Tracked& tracked,
                                        const format::PageFetch& fetch) {
  CAIRN_TRY(const auto there, parents.at(tracked.path));
  std::optional<Paths> left;
  for (const auto* same : there) {
    if (same->pointer.oid == tracked.pointer.oid) {
      left = Paths();
      break;
    }
    if (same->pointer.kind != format::Pointer::Kind::kFolder ||
        tracked.pointer.kind != format::Pointer::Kind::kFolder)
      continue;
    CAIRN_TRY(auto changed, changed_since(same->pointer, tracked, fetch));
    if (!changed) continue;
    if (left) {
      keep_common(*left, *changed);
    } else {
      left = std::move(changed);
    }
  }
  if (!left) return sync::Wants();
  const auto paths = std::make_shared<const Paths>(*std::move(left));
  return sync::Wants([paths](std::string_view path) { return paths->contains(path); });
}

}  // namespace cairn::hooks
