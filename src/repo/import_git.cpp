#include "repo/import_git.hpp"

#include <algorithm>

#include "base/file.hpp"
#include "base/text.hpp"
#include "git/fetch_one.hpp"
#include "repo/scratch_folder.hpp"
#include "repo/source_trust.hpp"
#include "repo/work_tree.hpp"

namespace cairn::repo {

namespace {

Result<ScratchFolder> scratch_of(const Context& context, const Repository& repository) {
  return ScratchFolder::create(context, repository.state_directory(), "import-");
}

// Data that was changed here is not taken for the older version that it was.
Status check_unchanged(const Context& context, Repository& repository, const std::string& path) {
  StatusOptions options;
  options.paths = {base::join(repository.git().paths().top, path)};
  CAIRN_TRY(const auto now, status(context, repository, options));
  for (const auto& item : now.paths) {
    const bool quiet = item.state == PathState::kClean ||
                       item.state == PathState::kNotMaterialised ||
                       item.state == PathState::kOutside;
    if (quiet) continue;
    return Error(Code::kConflict, "`" + base::printable(path) + "` was changed here")
        .hint("`cairn status " + base::printable(path) + "` shows what")
        .hint("`--force` gives the changes up")
        .slug("local-changes");
  }
  return {};
}

// Fetches what `source` names, versions it as its path, writes it into the tree, records it.
Status bring(const Context& context, Repository& repository, GetOptions how, bool force,
             SourceReport& report) {
  CAIRN_TRY(const auto scratch, scratch_of(context, repository));
  how.out = scratch / "data";
  CAIRN_TRY(const auto got, get(context, repository.environment(), how));
  report.source.commit = got.commit;
  AddOptions adding;
  adding.paths = {base::join(repository.git().paths().top, report.source.path)};
  adding.from = got.out;
  adding.links = LinkChoice::kKeep;
  CAIRN_TRY(const auto added, add(context, repository, adding));
  report.added = added.paths.front();
  report.unchanged = report.added.unchanged;
  CheckoutOptions writing;
  writing.paths = adding.paths;
  writing.force = force;
  CAIRN_CHECK(checkout(context, repository, writing));
  return write_source(repository, report.source);
}

Status update_source(const Context& context, Repository& repository, const UpdateOptions& options,
                     SourceReport& report) {
  CAIRN_CHECK(check_source_trust(repository, report.source));
  report.before = report.source.commit;
  if (!options.revision.empty()) report.source.revision = options.revision;
  GetOptions how;
  how.url = resolved_url(repository.git().paths().top, report.source.url);
  how.path = report.source.from;
  how.revision = report.source.revision;
  how.remote_url = options.remote_url;
  if (!options.force) CAIRN_CHECK(check_unchanged(context, repository, report.source.path));
  CAIRN_TRY(const auto scratch, scratch_of(context, repository));
  const auto fetched = scratch / "git";
  CAIRN_TRY(report.source.commit, git::fetch_one(how.url, how.revision, fetched, context.stop));
  how.fetched = {fetched, report.source.commit};
  report.unchanged = report.source.commit == report.before;
  if (report.unchanged || options.dry_run) return {};
  return bring(context, repository, std::move(how), options.force, report);
}

}  // namespace

Result<SourceReport> import_git(const Context& context, Repository& repository,
                                const ImportGitOptions& options) {
  CAIRN_CHECK(require_work_tree(repository));
  CAIRN_CHECK(refuse_secret(options.get.url));
  CAIRN_CHECK(read_sources(repository));  // the new one is going to be put among them
  SourceReport report;
  auto how = options.get;
  const auto typed =
      options.destination.empty() ? std::string(base::name_of(how.path)) : options.destination;
  CAIRN_TRY(report.source.path, repository.resolve_argument(typed));
  const auto shown = base::printable(report.source.path);
  CAIRN_TRY(const auto there, repository.tree().lstat(report.source.path));
  CAIRN_TRY(const auto tracked, repository.tracked_in_tree(report.source.path));
  if (there || tracked) {
    return Error(Code::kConflict, "`" + shown + "` exists here")
        .hint("`cairn import git URL PATH DEST` writes to another place")
        .hint("`cairn update " + shown + "` moves what was imported before")
        .slug("local-changes");
  }
  how.url = resolved_url(repository.environment().directory, how.url);
  report.source.url = how.url;
  report.source.from = how.path;
  report.source.revision = how.revision;
  if (how.dry_run) {
    how.out = base::join(repository.git().paths().top, report.source.path);
    CAIRN_TRY(const auto got, get(context, repository.environment(), how));
    report.source.commit = got.commit;
    report.added.files = got.written.written;
    report.added.bytes = got.written.written_bytes;
    return report;
  }
  CAIRN_CHECK(bring(context, repository, std::move(how), false, report));
  CAIRN_CHECK(note_typed_source(repository, report.source.url));
  return report;
}

Result<std::vector<SourceReport>> update(const Context& context, Repository& repository,
                                         const UpdateOptions& options) {
  CAIRN_CHECK(require_work_tree(repository));
  CAIRN_TRY(const auto paths, repository.resolve_arguments(options.paths));
  CAIRN_TRY(const auto sources, read_sources(repository));
  for (const auto& path : paths) {
    if (std::ranges::find(sources, path, &Source::path) != sources.end()) continue;
    return no_source(path);
  }
  if (sources.empty())
    return Error(Code::kUsage, "nothing here was imported from another repository")
        .hint("`cairn import git URL PATH` imports")
        .slug("no-source");
  std::vector<SourceReport> out;
  for (const auto& source : sources) {
    if (!paths.empty() && std::ranges::find(paths, source.path) == paths.end()) continue;
    SourceReport report;
    report.source = source;
    CAIRN_CHECK(update_source(context, repository, options, report));
    out.push_back(std::move(report));
  }
  return out;
}

}  // namespace cairn::repo
