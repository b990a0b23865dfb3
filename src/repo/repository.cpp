#include "repo/repository.hpp"

#include <algorithm>
#include <set>

#include "base/file.hpp"
#include "base/shell.hpp"
#include "base/text.hpp"
#include "format/limits.hpp"
#include "repo/aliases.hpp"
#include "repo/below.hpp"
#include "repo/committed_settings.hpp"
#include "repo/projects.hpp"
#include "repo/trust.hpp"
#include "repo/work_tree.hpp"

namespace cairn::repo {

namespace {

// "a/./b//c/.." -> "a/b"; nothing when it climbs above its start.
std::optional<std::string> normalise(std::string_view path) {
  std::vector<std::string_view> parts;
  for (const auto part : base::split(path, '/')) {
    if (part.empty() || part == ".") continue;
    if (part == "..") {
      if (parts.empty()) return std::nullopt;
      parts.pop_back();
      continue;
    }
    parts.push_back(part);
  }
  std::string out;
  for (const auto part : parts) {
    if (!out.empty()) out += '/';
    out += part;
  }
  return out;
}

std::string real_path(const std::string& path) {
  std::unique_ptr<char, decltype(&::free)> resolved(::realpath(path.c_str(), nullptr), &::free);
  return resolved ? std::string(resolved.get()) : path;
}

// Where a chosen store lies in the work tree: from the top, else "". The store may not exist yet.
std::string place_in_tree(const git::GitPaths& paths, const std::string& store) {
  const auto plain = normalise(store);
  if (paths.bare || !plain) return "";
  const auto place = "/" + *plain;
  const auto real = base::join(real_path(base::parent_of(place)), base::name_of(place));
  if (is_at_or_below(real, paths.common_dir) || is_at_or_below(real, paths.git_dir)) return "";
  const auto top = real_path(paths.top) + "/";
  return real.starts_with(top) ? real.substr(top.size()) : "";
}

// git would list a store in the work tree, and `git add -A` would commit it.
Status hide_from_git(const std::string& store) {
  const auto file = base::join(store, ".gitignore");
  if (base::lstat_path(file)) return {};
  auto hidden =
      base::write_file_atomic(file, base::view_of("*\n"), 0666, base::Durability::kCacheOnly);
  if (!hidden && hidden.error().code() == Code::kPermission) return {};  // it is only read
  return hidden;
}

bool has_pointer_suffix(std::string_view path) {
  return path.size() > kPointerSuffix.size() && path.ends_with(kPointerSuffix);
}

// Where arguments count from: the top as git says it and resolved, without the leading '/'; the
// directory of the command, resolved.
struct Places {
  const std::string& top;
  std::string root, here;
};

// Without a tree, paths count from the top of the commits.
Result<std::string> resolve_bare(const std::string& argument) {
  auto inside = normalise(argument);
  if (inside && argument.front() != '/') return *std::move(inside);
  return Error(Code::kUsage,
               "`" + base::printable(argument) + "` is no path inside of this repository")
      .slug("path-outside");
}

Result<std::string> resolve(const Places& places, const std::string& argument) {
  const auto shown = base::printable(argument);
  const auto& root = places.root;
  const auto is_outside = [&](const std::optional<std::string>& path) {
    return !path || (*path != root && !path->starts_with(root + "/"));
  };
  const bool absolute = argument.front() == '/';
  auto path = normalise(absolute ? argument : base::join(places.here, argument));
  if (path && absolute && is_outside(path))
    path = normalise(base::join(real_path(base::parent_of(argument)), base::name_of(argument)));
  if (is_outside(path)) {
    return Error(Code::kUsage,
                 "`" + shown + "` is outside the repository `" + base::printable(places.top) + "`")
        .hint("copy or move it inside, or version it in place with `cairn add --from DIR PATH`")
        .slug("path-outside");
  }
  auto inside = *path == root ? std::string() : path->substr(root.size() + 1);
  if (inside == ".git" || inside.starts_with(".git/") || inside == ".cairn" ||
      inside.starts_with(".cairn/")) {
    return Error(Code::kUsage, "`" + shown + "` belongs to git or cairn itself")
        .slug("path-outside");
  }
  return inside;
}

// The same words everywhere for a pointer that cannot be used.
Error pointer_error(Error error, const std::string& path) {
  const bool newer = error.code() == Code::kTooNew;
  auto named = std::move(error).with("pointer `" + pointer_path(path) + "`");
  if (newer) return std::move(named).hint("install a newer cairn to read it");
  return std::move(named).hint("`git checkout -- " + base::shell_word(pointer_path(path)) +
                               "` brings back the committed pointer");
}

Error in_conflict(const std::string& path) {
  const auto word = base::shell_word(path);
  return Error(Code::kConflict,
               "a merge left the pointer of `" + base::printable(path) + "` in conflict")
      .hint("`cairn merge " + word + "` lists what is in conflict")
      .hint("`cairn merge " + word + " --pick all=ours` or `=theirs` decides it")
      .slug("pointer-conflict");
}

Error no_remote() {
  return Error(Code::kUsage, "no remote is set up")
      .hint("`cairn remote add NAME URL` adds one; a directory is a URL too")
      .slug("no-remote");
}

Error not_initialised(const std::string& top) {
  return Error(Code::kNotRepository, "cairn is not set up in `" + base::printable(top) + "`")
      .hint("`cairn init` sets it up")
      .slug("not-initialised");
}

Error no_work_tree() {
  return Error(Code::kUsage, "this is a bare repository: it has no work tree")
      .hint("`cairn -C CLONE …` works in a clone that has one")
      .hint("what names a revision works here: `cairn ls --rev REV`, `cairn restore REV --to DIR`")
      .slug("bare-repository");
}

}  // namespace

Status refuse_faults(const std::string& path, const Faults& faults) {
  for (const auto& [bad, error] : faults) {
    if (is_at_or_below(path, bad) || is_at_or_below(bad, path)) return error;
  }
  return {};
}

Status require_work_tree(const Repository& repository) {
  if (repository.git().paths().bare) return no_work_tree();
  return {};
}

struct Repository::State {
  State(git::GitRepo repo, config::Settings merged, Environment where,
        std::optional<workdir::TreeRoot> root)
      : git(std::move(repo)),
        settings(std::move(merged)),
        environment(std::move(where)),
        tree(std::move(root)) {}

  git::GitRepo git;
  config::Settings settings;
  Environment environment;
  std::optional<workdir::TreeRoot> tree;
  std::string state_directory, store_directory, store_in_tree;
  std::stop_token stop;
  Log* log = nullptr;             // of the context that it was opened with
  std::set<std::string> foreign;  // pointers whose line ends were warned of
  std::unique_ptr<store::Store> reading, writing;
};

Repository::Repository(std::unique_ptr<State> state) : state_(std::move(state)) {}
Repository::Repository(Repository&&) noexcept = default;
Repository::~Repository() = default;

Result<Repository> Repository::open(const Context& context, const Environment& environment,
                                    Setup setup) {
  CAIRN_TRY(auto git, git::GitRepo::discover(environment.directory));
  const auto paths = git.paths();
  std::optional<workdir::TreeRoot> tree;
  if (!paths.bare) {
    CAIRN_TRY(tree, workdir::TreeRoot::open(paths.top));
  }
  CAIRN_TRY(const auto found, committed_settings(git, tree ? &*tree : nullptr));
  if (!found && setup == Setup::kRequired) return not_initialised(paths.top);
  const auto committed = found.value_or(config::KeyValues());
  CAIRN_TRY(const auto git_config, git.config());
  CAIRN_TRY(auto settings, config::merge_settings(committed, git_config, environment.variables));
  const auto reader = environment.variables.find("CAIRN_GIT_READER");
  CAIRN_TRY(const auto configured_reader, git.config_value("cairn.git-reader"));
  CAIRN_CHECK(git.read_objects_with(reader != environment.variables.end() && !reader->second.empty()
                                        ? reader->second
                                        : configured_reader));
  auto state =
      std::make_unique<State>(std::move(git), std::move(settings), environment, std::move(tree));
  state->state_directory = base::join(paths.git_dir, "cairn");
  state->stop = context.stop;
  state->log = &context.log;
  const auto& configured = state->settings.store_directory;
  state->store_directory = configured.empty()          ? base::join(paths.common_dir, "cairn")
                           : configured.front() == '/' ? configured
                                                       : base::join(paths.top, configured);
  if (!configured.empty()) state->store_in_tree = place_in_tree(paths, state->store_directory);
  return Repository(std::move(state));
}

const git::GitRepo& Repository::git() const { return state_->git; }
const config::Settings& Repository::settings() const { return state_->settings; }
const Environment& Repository::environment() const { return state_->environment; }
const workdir::TreeRoot& Repository::tree() const { return *state_->tree; }
const std::string& Repository::state_directory() const { return state_->state_directory; }
const std::stop_token& Repository::stop() const { return state_->stop; }
const std::string& Repository::store_directory() const { return state_->store_directory; }
const std::string& Repository::store_in_tree() const { return state_->store_in_tree; }

Result<store::Store*> Repository::store(const Context& context, store::Store::Access access) {
  if (state_->writing)
    return state_->writing
        .get();  // one view of the store: a writer's additions are seen by its readers
  if (access == store::Store::Access::kWrite) {
    const auto sharing =
        state_->settings.group_store ? store::Sharing::kGroup : store::Sharing::kOwner;
    auto created = store::Store::create(state_->store_directory, sharing);
    if (!created && created.error().code() == Code::kPermission)
      return std::move(created).error().hint(
          "`CAIRN_STORE=DIR` keeps the data elsewhere; `--no-store` of ci, pull and restore keeps "
          "none");
    CAIRN_CHECK(created);
    if (!state_->store_in_tree.empty()) CAIRN_CHECK(hide_from_git(state_->store_directory));
    CAIRN_CHECK(register_project(*this));
    CAIRN_TRY(state_->writing, store::Store::open(context, state_->store_directory, access));
    return state_->writing.get();
  }
  if (!state_->reading && !base::stat_path(base::join(state_->store_directory, "format"))) {
    return Error(Code::kMissing, "no data was ever stored or fetched in this clone")
        .hint(state_->git.paths().bare
                  ? "`cairn fetch --rev REV` brings the data of a commit, with `--lists` only the "
                    "lists of files"
                  : "`cairn pull` brings it from the remote, `cairn fetch --lists` only the lists "
                    "of files")
        .slug("missing-object");
  }
  if (!state_->reading) {
    CAIRN_TRY(state_->reading, store::Store::open(context, state_->store_directory, access));
  }
  return state_->reading.get();
}

Result<std::string> Repository::resolve_argument(const std::string& argument) const {
  CAIRN_TRY(const auto paths, resolve_arguments({argument}));
  return paths.front();
}

Result<std::vector<std::string>> Repository::resolve_arguments(
    const std::vector<std::string>& arguments) const {
  std::vector<std::string> paths;
  if (arguments.empty()) return paths;
  const bool bare = state_->git.paths().bare;
  const auto& top = state_->git.paths().top;
  // The start is resolved (a repository may be reached through a link); the argument's own
  // components are not: a link named as argument must be seen as a link.
  const Places places{top, bare ? "" : real_path(top).substr(1),
                      bare ? "" : real_path(state_->environment.directory)};
  for (const auto& argument : arguments) {
    if (argument.empty()) return Error(Code::kUsage, "an empty path names nothing");
    CAIRN_TRY(auto path, bare ? resolve_bare(argument) : resolve(places, argument));
    paths.push_back(has_pointer_suffix(path) ? path_of_pointer(path) : std::move(path));
  }
  return paths;
}

Result<std::optional<Tracked>> Repository::tracked_in_tree(const std::string& path) const {
  CAIRN_CHECK(require_work_tree(*this));
  if (path.empty()) return std::optional<Tracked>();  // the top: `.cairn` is no pointer
  const auto pointer = pointer_path(path);
  auto opened = tree().open_read(pointer);
  if (!opened) {
    CAIRN_TRY(const auto found, tree().lstat(pointer));
    if (!found) return std::optional<Tracked>();
    return pointer_error(std::move(opened).error(), path);
  }
  struct ::stat info {};
  if (::fstat(opened->get(), &info) != 0) return base::errno_error("stat", pointer, errno);
  const auto size = static_cast<std::uint64_t>(info.st_size);
  std::string text(std::min<std::uint64_t>(size, format::kMaxPointerBytes + 1), '\0');
  auto status = base::pread_exact(
      *opened, {reinterpret_cast<std::uint8_t*>(text.data()), text.size()}, 0, pointer);
  if (!status) return pointer_error(std::move(status).error(), path);
  auto parsed = format::decode_pointer(text);
  if (!parsed) return pointer_error(std::move(parsed).error(), path);
  if (parsed->had_crlf && state_->foreign.insert(path).second) {
    const auto file = pointer_path(path);
    state_->log->warn("`" + file + "` has CR LF line ends; `git add --renormalize " +
                      base::shell_word(file) + "` mends it");
  }
  return std::optional<Tracked>(Tracked{path, std::move(parsed->pointer)});
}

Result<std::vector<Tracked>> Repository::tracked(Faults* faults) const {
  CAIRN_CHECK(require_work_tree(*this));
  std::vector<Tracked> out;
  std::vector<std::string> conflicts;
  CAIRN_TRY(const auto blobs, state_->git.pointers_in_index(faults ? &conflicts : nullptr));
  for (const auto& pointer : conflicts) {
    const auto path = path_of_pointer(pointer);
    faults->emplace_back(path, in_conflict(path));
  }
  for (const auto& blob : blobs) {
    const auto path = path_of_pointer(blob.path);
    auto found = tracked_in_tree(path);
    if (found && *found) {
      out.push_back(std::move(**found));
    } else if (!found) {
      if (!faults) return std::move(found).error();
      faults->emplace_back(path, std::move(found).error());
    }
    // A pointer deleted from the work tree but not from the index is simply not tracked here; git
    // status shows it.
  }
  std::ranges::sort(out, {}, &Tracked::path);
  return out;
}

Result<std::vector<Tracked>> Repository::tracked_for(const std::vector<std::string>& paths) const {
  Faults faults;
  CAIRN_TRY(auto out, tracked(&faults));
  if (paths.empty() && !faults.empty()) return tracked();  // one error that names all conflicts
  for (const auto& path : paths) CAIRN_CHECK(refuse_faults(path, faults));
  return out;
}

Result<std::vector<Tracked>> Repository::tracked_at(const std::string& commit) const {
  CAIRN_TRY(const auto blobs, state_->git.pointers_at(commit));
  std::vector<std::string> ids;
  ids.reserve(blobs.size());
  for (const auto& blob : blobs) ids.push_back(blob.blob);
  CAIRN_TRY(const auto texts, state_->git.read_blobs(ids, format::kMaxPointerBytes));
  std::vector<Tracked> out;
  for (std::size_t i = 0; i < blobs.size(); ++i) {
    auto parsed = format::decode_pointer(texts[i]);
    if (!parsed)
      return pointer_error(std::move(parsed).error(), path_of_pointer(blobs[i].path))
          .with("in commit " + commit);
    out.push_back({path_of_pointer(blobs[i].path), std::move(parsed->pointer)});
  }
  CAIRN_TRY(auto older, tracked_by_alias(*this, commit, out));
  std::ranges::move(older, std::back_inserter(out));
  std::ranges::sort(out, {}, &Tracked::path);
  return out;
}

Result<config::RemoteSetting> Repository::remote_setting(const std::string& name) const {
  const auto& remotes = state_->settings.remotes;
  const auto wanted = name.empty() ? state_->settings.default_remote : name;
  if (wanted.empty()) {
    if (remotes.empty()) return no_remote();
    return remotes.front();
  }
  const auto found = std::ranges::find(remotes, wanted, &config::RemoteSetting::name);
  if (found != remotes.end()) return *found;
  return Error(Code::kUsage, "there is no remote `" + base::printable(wanted) + "`")
      .hint("`cairn remote list` shows the remotes")
      .slug("no-remote");
}

Result<std::unique_ptr<Remote>> Repository::open_remote(
    const config::RemoteSetting& setting) const {
  CAIRN_CHECK(check_trust(*this, setting));
  RemoteConfig config{setting.name, setting.url, setting.options};
  const bool relative = config.url.find("://") == std::string::npos && !config.url.starts_with('/');
  if (relative) config.url = base::join(state_->git.paths().top, config.url);
  return state_->environment.open_remote(config);
}

bool Selected::covers(std::string_view path) const {
  const auto below = [&](const std::string& place) {
    return path == place ||
           (path.size() > place.size() && path.starts_with(place) && path[place.size()] == '/');
  };
  if (inside.empty()) return below(tracked.path);
  return std::ranges::any_of(inside,
                             [&](const auto& place) { return below(tracked.path + "/" + place); });
}

namespace {

// Paths as arguments, each with whether it stands for something. Looking one up takes as long as a
// path is deep, so that naming everything costs no more than naming nothing.
class Arguments {
 public:
  explicit Arguments(const std::vector<std::string>& paths) : paths_(paths) {
    for (const auto& path : paths) used_.emplace(path, false);
  }
  [[nodiscard]] bool all() const { return paths_.empty() || used_.contains(""); }
  // Whether one of them is this path or a folder above it.
  bool name(std::string_view tracked) {
    bool named = false;
    any_at_or_above(tracked, [&](std::string_view path) {
      named |= use(path);
      return false;  // all that name it are used
    });
    return named;
  }
  // The places of a tracked folder that they name.
  std::vector<std::string> inside(const std::string& folder) {
    std::vector<std::string> out;
    const auto start = folder + "/";
    for (auto at = used_.lower_bound(start); at != used_.end() && at->first.starts_with(start);
         ++at) {
      at->second = true;
      out.emplace_back(at->first.substr(start.size()));
    }
    return out;
  }
  // The first that stands for nothing; null where there is none.
  [[nodiscard]] const std::string* unused() const {
    const auto found = std::ranges::find_if(paths_, [&](const std::string& path) {
      return !path.empty() && !used_.find(path)->second;
    });
    return found == paths_.end() ? nullptr : &*found;
  }

 private:
  bool use(std::string_view path) {
    const auto found = used_.find(path);
    if (found == used_.end()) return false;
    return found->second = true;
  }

  const std::vector<std::string>& paths_;
  std::map<std::string_view, bool> used_;
};

}  // namespace

Result<std::vector<Selected>> select(const std::vector<Tracked>& tracked,
                                     const std::vector<std::string>& paths) {
  std::vector<Selected> out;
  Arguments arguments(paths);
  for (const auto& item : tracked) {
    const bool named = arguments.name(item.path);
    const bool whole = named || arguments.all();
    std::vector<std::string> inside;
    if (item.pointer.kind == format::Pointer::Kind::kFolder) inside = arguments.inside(item.path);
    if (whole) inside.clear();
    if (whole || !inside.empty()) out.push_back({item, std::move(inside), named});
  }
  if (const auto* const unused = arguments.unused()) {
    return Error(Code::kUsage, "`" + base::printable(*unused) + "` is not tracked by cairn")
        .hint("`cairn status` lists what is tracked; `cairn add " + base::shell_word(*unused) +
              "` tracks it")
        .slug("not-tracked");
  }
  return out;
}

Result<std::vector<Selected>> select_at(const Repository& repository, const std::string& revision,
                                        const std::vector<std::string>& typed) {
  CAIRN_TRY(const auto paths, repository.resolve_arguments(typed));
  CAIRN_TRY(const auto commit, repository.git().resolve_commit(revision));
  CAIRN_TRY(const auto tracked, repository.tracked_at(commit));
  return select(tracked, paths);
}

}  // namespace cairn::repo
