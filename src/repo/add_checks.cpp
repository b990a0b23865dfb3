#include "repo/add_checks.hpp"

#include <algorithm>
#include <map>
#include <set>

#include <sys/stat.h>

#include "base/counted.hpp"
#include "base/file.hpp"
#include "base/shell.hpp"
#include "base/text.hpp"
#include "format/page.hpp"
#include "repo/followed_links.hpp"
#include "repo/outside.hpp"
#include "repo/publish.hpp"
#include "repo/shared_links.hpp"

namespace cairn::repo {

namespace {

Error overlap(const std::string& path, const std::string& other) {
  const auto shown = base::printable(path), known = base::printable(other);
  return Error(Code::kUsage, "`" + shown + "` overlaps `" + known + "`, which is already tracked")
      .hint("`cairn rm --keep " + base::shell_word(other) +
            "` stops tracking it and leaves the data")
      .slug("overlap");
}

// What git says about the paths of one call, asked for all of them at once.
class GitView {
 public:
  // `paths`: those that are not tracked by cairn yet.
  static Result<GitView> ask(const Repository& repository, const std::vector<std::string>& paths) {
    GitView out;
    if (paths.empty()) return out;
    const auto& git = repository.git();
    std::vector<std::string> pointers;
    for (const auto& path : paths) pointers.push_back(pointer_path(path));
    CAIRN_TRY(auto about, git.about_paths(paths.size() == 1 ? paths.front() : "", pointers));
    out.tracked_ = std::move(about.tracked);
    std::ranges::sort(out.tracked_);
    for (std::size_t i = 0; i < pointers.size(); ++i)
      if (about.ignored[i]) out.ignored_.insert(pointers[i]);
    return out;
  }
  // Files that git tracks at `path` or below.
  [[nodiscard]] std::vector<std::string> tracked_below(const std::string& path) const {
    std::vector<std::string> out;
    if (std::ranges::binary_search(tracked_, path)) out.push_back(path);
    const auto folder = path + "/";
    for (auto at = std::ranges::lower_bound(tracked_, folder);
         at != tracked_.end() && at->starts_with(folder); ++at)
      out.push_back(*at);
    return out;
  }
  [[nodiscard]] bool ignores(const std::string& pointer) const {
    return ignored_.contains(pointer);
  }

 private:
  std::vector<std::string> tracked_;  // sorted
  std::set<std::string> ignored_;
};

Status refuse_git_tracked(const GitView& git, const std::string& path, bool git_rm) {
  const auto known = git.tracked_below(path);
  if (known.empty() || git_rm) return {};
  const auto shown = base::printable(path);
  auto error = Error(Code::kUsage, "git already tracks " + base::counted(known.size(), "file") +
                                       " at `" + shown + "`");
  return std::move(error)
      .detail("first: " + base::printable(known.front()))
      .hint("`cairn add --git-rm " + base::shell_word(path) +
            "` takes them out of git's index and keeps the data")
      .hint("`git rm -r --cached " + base::shell_word(path) + "` does that by hand")
      .slug("git-tracked");
}

Status refuse_ignored_pointer(const Repository& repository, const GitView& git,
                              const std::string& path) {
  if (!git.ignores(pointer_path(path))) return {};
  CAIRN_TRY(const auto ignored, repository.git().ignored(pointer_path(path)));
  if (!ignored) return {};
  const auto where = base::printable(ignored->source) + ":" + std::to_string(ignored->line);
  return Error(Code::kUsage,
               "git would ignore the pointer `" + base::printable(pointer_path(path)) + "`")
      .detail(where + ": " + base::printable(ignored->pattern))
      .hint("add the line `!*.cairn` below that rule, or narrow the rule")
      .slug("pointer-ignored");
}

Status refuse_link(const Repository& repository, const OutsidePaths& outside,
                   const std::string& path) {
  CAIRN_TRY(const auto found, repository.tree().lstat(path));
  const auto shown = base::printable(path);
  CAIRN_TRY(const auto noted, outside.find(path));
  if (noted) {
    return Error(Code::kUsage, "the data of `" + shown + "` stands outside")
        .hint("`" + line_of_outside(*noted, path) + "` makes what is there the next version")
        .slug("link-argument");
  }
  if (!found) {
    return Error(Code::kUsage, "`" + shown + "` does not exist")
        .hint("check the name; nothing was changed")
        .slug("no-such-path");
  }
  if (!S_ISLNK(found->st_mode)) return {};
  CAIRN_TRY(const auto target, repository.tree().read_link(path));
  if (shared_object(repository, target))
    return {};  // checkout --link symlink: it stands for a file
  return Error(Code::kUsage, "`" + shown + "` is a symbolic link")
      .hint("`cairn add --from TARGET " + base::shell_word(path) + "` versions what it points to")
      .slug("link-argument");
}

using TrackedByPath = std::map<std::string, const Tracked*, std::less<>>;

// Where one argument belongs among what is tracked: itself, a place inside a tracked folder, or
// something new.
Result<AddRequest> place_request(const TrackedByPath& tracked, const std::string& path,
                                 const std::string& typed) {
  if (path.empty()) {
    return Error(Code::kUsage, "the whole repository cannot be one tracked path")
        .hint("`cairn add -u` adds every modified tracked path");
  }
  const auto name = base::name_of(path);
  if (name == ".gitignore" || name == ".gitattributes" || name == ".gitmodules") {
    return Error(Code::kUsage, "`" + base::printable(path) + "` is a file that git itself reads")
        .hint("`git add " + base::shell_word(path) + "` tracks it")
        .slug("path-outside");
  }
  for (auto at = path; !at.empty(); at = base::parent_of(at)) {
    const auto found = tracked.find(at);
    if (found == tracked.end()) continue;
    const auto& item = *found->second;
    if (item.path == path) return AddRequest{path, {}, item.pointer};
    if (item.pointer.kind != format::Pointer::Kind::kFolder) return overlap(typed, item.path);
    return AddRequest{item.path, {path.substr(item.path.size() + 1)}, item.pointer};
  }
  const auto below = tracked.lower_bound(path + "/");
  if (below != tracked.end() && below->first.starts_with(path + "/"))
    return overlap(typed, below->first);
  return AddRequest{path, {}, std::nullopt};
}

// The places that were named, one request for each tracked path.
class AddRequests {
 public:
  void add(AddRequest request) {
    const auto [known, is_new] = numbers_.emplace(request.path, requests_.size());
    if (is_new) return requests_.push_back(std::move(request));
    auto& twin = requests_[known->second];
    if (twin.inside.empty() || request.inside.empty()) {
      twin.inside.clear();
    } else {
      twin.inside.push_back(request.inside.front());
    }
  }
  // No path lies in another one.
  Result<std::vector<AddRequest>> take() && {
    for (const auto& request : requests_) {
      for (auto above = base::parent_of(request.path); !above.empty();
           above = base::parent_of(above)) {
        if (numbers_.contains(above)) return overlap(request.path, above);
      }
    }
    return std::move(requests_);
  }

 private:
  std::vector<AddRequest> requests_;
  std::map<std::string, std::size_t, std::less<>> numbers_;
};

Error nested_repository(const std::string& path) {
  return Error(Code::kUsage, "`" + base::printable(path) + "` is a git repository of its own")
      .hint("name it in a `.cairnignore`, or track it as a submodule")
      .hint("`cairn -C " + base::shell_word(path) + " init` versions its data in itself")
      .slug("nested-repository");
}

// What git takes for another repository cannot hold a pointer of this one.
Status refuse_nested(const Repository& repository, const std::string& path) {
  for (auto folder = base::parent_of(path); !folder.empty(); folder = base::parent_of(folder)) {
    CAIRN_TRY(const auto found, repository.tree().lstat(folder + "/.git"));
    if (found) return nested_repository(std::string(folder));
  }
  return {};
}

// From the repository root; the scan tells paths in the scanned folder.
std::string path_in(const std::string& path, const std::string& inside) {
  return inside.empty() || inside == "." || inside == path ? path : path + "/" + inside;
}

// Names that no version can hold, told before anything is read.
Status refuse_name(const std::string& path, std::string_view inside) {
  constexpr std::size_t kMaxNameBytes = 255;
  const auto fault = format::path_fault(inside.empty() ? std::string_view(path) : inside);
  const auto whole = inside.empty() ? path : path + "/" + std::string(inside);
  if (fault) {
    return Error(Code::kUsage, "`" + base::printable(whole) + "` cannot be stored: " + *fault)
        .hint("rename it, or name it in a `.cairnignore`")
        .slug("bad-name");
  }
  if (inside.empty() && base::name_of(pointer_path(path)).size() > kMaxNameBytes) {
    return Error(Code::kUsage, "the name `" + base::printable(base::name_of(path)) +
                                   "` leaves no room for `.cairn` behind it")
        .hint("rename it, or track the folder that it is in")
        .slug("bad-name");
  }
  return {};
}

// What every check of a call looks at.
struct Surroundings {
  const Repository& repository;
  GitView git;
  OutsidePaths outside;
};

Status check_request(const Surroundings& around, const AddRequest& request,
                     const AddOptions& options) {
  const auto& repository = around.repository;
  if (!request.old) {
    CAIRN_CHECK(refuse_name(request.path, ""));
    CAIRN_CHECK(refuse_nested(repository, request.path));
    CAIRN_CHECK(refuse_git_tracked(around.git, request.path, options.git_rm));
    CAIRN_CHECK(refuse_ignored_pointer(repository, around.git, request.path));
  }
  CAIRN_CHECK(check_ignore_file(repository, request.path));
  // Inside a tracked folder a path that is gone means: remove it from the next version.
  if (!options.from.empty() || !request.inside.empty()) return {};
  return refuse_link(repository, around.outside, request.path);
}

Status check_options(const AddOptions& options) {
  if (!options.from.empty() && options.paths.size() != 1) {
    return Error(Code::kUsage, "`--from DIR` takes exactly one path")
        .hint("`cairn add --from DIR PATH`");
  }
  if (!options.from.empty() && options.links == LinkChoice::kFollow) {
    return Error(Code::kUsage, "`--links follow` does not go with `--from`")
        .hint("`--links keep` stores links as they are");
  }
  return {};
}

// -u: what is tracked and stands in the tree.
Status add_tracked(const Repository& repository, const std::vector<Tracked>& tracked,
                   AddRequests& out) {
  CAIRN_TRY(const auto outside, OutsidePaths::read(repository));
  for (const auto& item : tracked) {
    CAIRN_TRY(const auto there, repository.tree().lstat(item.path));
    CAIRN_TRY(const auto noted, outside.find(item.path));
    if (!there || noted) continue;
    CAIRN_CHECK(check_ignore_file(repository, item.path));
    out.add({item.path, {}, item.pointer});
  }
  return {};
}

// The arguments, each in its place; checked.
Status add_named(const Repository& repository, const std::vector<Tracked>& tracked,
                 const Faults& faults, const AddOptions& options, AddRequests& out) {
  TrackedByPath by_path;
  for (const auto& item : tracked) by_path.emplace(item.path, &item);
  std::vector<AddRequest> named;
  std::vector<std::string> fresh;
  for (const auto& typed : options.paths) {
    CAIRN_TRY(const auto path, repository.resolve_argument(typed));
    CAIRN_CHECK(refuse_faults(path, faults));
    CAIRN_TRY(auto request, place_request(by_path, path, typed));
    if (!request.old) fresh.push_back(request.path);
    named.push_back(std::move(request));
  }
  CAIRN_TRY(auto git, GitView::ask(repository, fresh));
  CAIRN_TRY(auto outside, OutsidePaths::read(repository));
  const Surroundings around{repository, std::move(git), std::move(outside)};
  for (auto& request : named) {
    CAIRN_CHECK(check_request(around, request, options));
    out.add(std::move(request));
  }
  return {};
}

}  // namespace

Result<std::vector<AddRequest>> resolve_add_requests(Repository& repository,
                                                     const AddOptions& options) {
  Faults faults;
  CAIRN_TRY(const auto tracked, repository.tracked(&faults));
  if (options.update && !faults.empty()) return std::move(faults.front().second);
  CAIRN_CHECK(check_options(options));
  AddRequests out;
  if (options.update) CAIRN_CHECK(add_tracked(repository, tracked, out));
  if (!options.paths.empty()) CAIRN_CHECK(add_named(repository, tracked, faults, options, out));
  return std::move(out).take();
}

Status check_scan(const workdir::TreeRoot& root, const std::string& path, const LocalTree& local,
                  LinkChoice links, AddedPath& report) {
  if (!local.scan.special.empty()) {
    return Error(Code::kUsage, "`" + base::printable(path_in(path, local.scan.special.front())) +
                                   "` is neither file, folder nor link")
        .hint("move it away, or name it in a `.cairnignore`")
        .slug("special-file");
  }
  if (!local.scan.nested_git.empty()) {
    return nested_repository(path_in(path, local.scan.nested_git.front()));
  }
  if (!local.dangling.empty()) {
    const auto gone = local.full_path(path, local.dangling.front());
    return Error(Code::kMissing, "`" + base::printable(gone) +
                                     "` links to a file in the store's links/ that is not there")
        .hint("`cairn checkout " + base::shell_word(path) +
              "` writes it again; the data itself is in the store's packs")
        .slug("shared-file-gone");
  }
  std::string first;
  for (std::size_t i = 0; i < local.scan.nodes.size(); ++i) {
    const auto& node = local.scan.nodes[i];
    if (!node.path.empty()) CAIRN_CHECK(refuse_name(path, node.path));
    if (local.followed.contains(i)) ++report.files_followed;
    if (node.type != workdir::NodeType::kLink) continue;
    ++report.links_kept;
    if (local.followed.contains(i)) continue;  // stays in its folder out there
    if (local.ids[i]) continue;                // was decided when it was added
    CAIRN_TRY(const auto target, root.read_link(local.full_path(path, i)));
    if (!leads_out(node.path, target)) continue;
    ++report.links_leaving;
    if (first.empty()) first = local.full_path(path, i) + " -> " + target;
  }
  if (report.links_leaving == 0 || links != LinkChoice::kUnset) return {};
  return Error(Code::kUsage, "`" + base::printable(path) + "` has " +
                                 base::counted(report.links_leaving, "link") + " leading out of it")
      .detail("first: " + base::printable(first))
      .hint("`cairn add --links keep " + base::shell_word(path) + "` stores them as links")
      .hint("`cairn add --links follow " + base::shell_word(path) +
            "` stores the files that they lead to")
      .slug("links-leave");
}

std::string foreign_path(const Repository& repository, const AddOptions& options) {
  auto path = options.from.starts_with('/')
                  ? options.from
                  : base::join(repository.environment().directory, options.from);
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  std::unique_ptr<char, decltype(&::free)> real(::realpath(path.c_str(), nullptr), &::free);
  return real ? std::string(real.get()) : path;
}

Result<workdir::TreeRoot> open_foreign(const Repository& repository, const AddOptions& options) {
  const auto path = foreign_path(repository, options);
  if (!base::stat_path(path)) {
    return Error(Code::kUsage, "`" + base::printable(options.from) + "` does not exist")
        .hint("check the name; it counts from the current directory")
        .slug("no-such-path");
  }
  return workdir::TreeRoot::open(base::parent_of(path));
}

Error stands_in_the_way(const std::string& folder, const std::string& place,
                        const std::string& below) {
  const auto here = base::join(folder, place);
  return Error(Code::kConflict, "`" + base::printable(here) +
                                    "` is in the place of a folder whose files were left out here")
      .detail("the version has " + base::printable(base::join(folder, below)))
      .hint("move it aside, then `cairn checkout --include " + base::shell_word(here + "/") +
            "` brings the folder")
      .slug("left-out");
}

}  // namespace cairn::repo
