#include "repo/get.hpp"

#include "base/file.hpp"
#include "base/text.hpp"
#include "git/fetch_one.hpp"
#include "git/url.hpp"
#include "repo/reading.hpp"
#include "repo/scratch_folder.hpp"
#include "repo/typed_place.hpp"

namespace cairn::repo {

namespace {

// There is no clone in which `cairn trust` could be typed.
Error with_trust_hint(const Error& error) {
  return Error(error.code(), error.message())
      .hint("CAIRN_TRUST=HOST allows it for one command; on a terminal the question is asked")
      .slug(error.slug());
}

std::string plain_path(std::string path) {
  while (!path.empty() && path.back() == '/') path.pop_back();
  while (path.starts_with("./")) path.erase(0, 2);
  return path.ends_with(kPointerSuffix) ? path_of_pointer(path) : path;
}

// Whether PATH is one file: tracked on its own, or inside of a tracked folder.
Result<bool> is_one_file(const Context& context, Repository& repository, const std::string& path) {
  CAIRN_TRY(const auto selected, select_at(repository, "HEAD", {path}));
  if (selected.size() != 1) return false;
  const auto& item = selected.front();
  if (item.tracked.pointer.kind == format::Pointer::Kind::kFile) return item.tracked.path == path;
  if (item.inside.empty()) return false;
  FetchCommandOptions lists;
  lists.revision = "HEAD";
  lists.paths = {path};
  lists.lists_only = true;
  CAIRN_CHECK(fetch(context, repository, lists));
  bool file = false;
  const auto visit = [&](const ListedFile& listed) -> Status {
    file = file || (listed.path == path && listed.type != 'd');
    return {};
  };
  CAIRN_CHECK(list_files(context, repository, {"HEAD", {path}}, visit));
  return file;
}

// Where to write, from what was typed: OUT, or PATH's name below a folder that is there.
std::string target_of(const Environment& environment, const GetOptions& options,
                      const std::string& path, bool folder) {
  const auto name = base::name_of(path);
  if (options.out.empty()) return base::join(environment.directory, name);
  auto out = base::path_from(environment.directory, options.out);
  while (out.size() > 1 && out.back() == '/') out.pop_back();
  const auto there = base::stat_path(out);
  return !folder && there && S_ISDIR(there->st_mode) ? base::join(out, name) : out;
}

Status put_file(const std::string& from, const std::string& to, bool force) {
  if (force) return base::rename_replace(from, to);
  auto moved = base::rename_new(from, to);
  if (moved || moved.error().code() != Code::kExists) return moved;
  return Error(Code::kConflict, "`" + base::printable(to) + "` exists")
      .hint("`-o OUT` writes to another place, `--force` replaces it")
      .slug("local-changes");
}

class Getting {
 public:
  Getting(const Context& context, const Environment& environment, const GetOptions& options)
      : context_(context), environment_(environment), options_(options) {}

  Result<GetReport> run() {
    const auto path = plain_path(options_.path);
    if (path.empty())
      return Error(Code::kUsage, "PATH is what to take out of the repository")
          .hint("`cairn get URL data/images`");
    const auto probable = target_of(environment_, options_, path, false);
    // Beside the result, so that what is finished only has to be renamed.
    CAIRN_TRY(const auto scratch,
              ScratchFolder::create(context_, base::parent_of(probable), ".cairn-get-"));
    GetReport report;
    CAIRN_TRY(const auto fetched, fetch(scratch / "git"));
    report.commit = fetched.commit;
    auto inside = environment_;
    inside.directory = fetched.directory;
    CAIRN_TRY(auto repository, open(inside));
    if (repository.settings().remotes.empty()) return names_no_remote();
    CAIRN_TRY(const bool one_file, is_one_file(context_, repository, path));
    report.folder = !one_file;
    report.out = target_of(environment_, options_, path, report.folder);
    RestoreOptions how;
    how.revision = "HEAD";
    how.paths = {path};
    how.include = options_.include;
    how.exclude = options_.exclude;
    how.max_bytes = options_.max_bytes;
    how.dry_run = options_.dry_run;
    how.force = options_.force;
    how.strip = one_file ? base::parent_of(path) : path;
    how.to = one_file ? scratch / "out" : report.out;
    CAIRN_TRY(report.written, restore(context_, repository, how));
    if (one_file && !options_.dry_run) {
      const auto name = std::string(base::name_of(path));
      CAIRN_CHECK(put_file(base::join(how.to, name), report.out, options_.force));
    }
    return report;
  }

 private:
  [[nodiscard]] Result<FetchedCommit> fetch(const std::string& directory) const {
    if (options_.fetched) return *options_.fetched;
    const auto url = resolved_url(environment_.directory, options_.url);
    CAIRN_TRY(auto commit, git::fetch_one(url, options_.revision, directory, context_.stop));
    return FetchedCommit{directory, std::move(commit)};
  }

  [[nodiscard]] Error names_no_remote() const {
    return Error(Code::kUsage, "`" + base::printable(options_.url) +
                                   "` commits no remote, so where its data is cannot be known here")
        .hint("`--remote-url URL` names the directory or bucket that its people push to")
        .slug("no-remote");
  }

  Result<Repository> open(const Environment& inside) {
    if (!options_.remote_url.empty()) {
      CAIRN_TRY(const auto plain,
                Repository::open(context_, inside, Repository::Setup::kAllowMissing));
      const auto url = typed_place(environment_.directory, options_.remote_url);
      CAIRN_CHECK(plain.git().set_config("cairn-remote.given.url", url));
      CAIRN_CHECK(plain.git().set_config("cairn.default-remote", "given"));
    }
    return Repository::open(context_, inside, Repository::Setup::kAllowMissing);
  }

  const Context& context_;
  const Environment& environment_;
  const GetOptions& options_;
};

}  // namespace

std::string resolved_url(const std::string& directory, const std::string& url) {
  const bool local = !url.empty() && git::place_of_url(url).local;
  return local ? typed_place(directory, url) : url;
}

Result<GetReport> get(const Context& context, const Environment& environment,
                      const GetOptions& options) {
  auto report = Getting(context, environment, options).run();
  if (!report && report.error().code() == Code::kUntrusted) return with_trust_hint(report.error());
  return report;
}

}  // namespace cairn::repo
