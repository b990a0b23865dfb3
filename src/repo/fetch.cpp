// fetch and pull: bring versions into the store, then into the tree.
#include <algorithm>

#include "base/text.hpp"
#include "repo/details.hpp"
#include "repo/materialise_plan.hpp"
#include "repo/operations.hpp"
#include "repo/tree_state.hpp"
#include "repo/versions.hpp"

namespace cairn::repo {

namespace {

Result<std::vector<Selected>> choose(const Repository& repository, const FetchCommandOptions& options) {
  std::vector<std::string> paths;
  for (const auto& typed : options.paths) {
    CAIRN_TRY(auto path, repository.resolve_argument(typed));
    paths.push_back(std::move(path));
  }
  if (options.revision.empty()) {
    CAIRN_TRY(const auto tracked, repository.tracked());
    return select(tracked, paths);
  }
  CAIRN_TRY(const auto commit, repository.git().resolve_commit(options.revision));
  CAIRN_TRY(const auto tracked, repository.tracked_at(commit));
  return select(tracked, paths);
}

Error incomplete(const std::vector<std::string>& missing, const std::string& remote) {
  auto error = Error(Code::kMissing, base::human_count(missing.size()) + " version(s) or file(s) are not complete on `" +
                                         base::printable(remote) + "`");
  return with_first(std::move(error), missing)
      .hint("whoever made this version can bring it: `cairn push` in their clone")
      .hint("`cairn fetch -r NAME` tries another remote")
      .slug("missing-object");
}

}  // namespace

Result<FetchCommandReport> fetch(const Context& context, Repository& repository, const FetchCommandOptions& options) {
  CAIRN_TRY(const auto setting, repository.remote_setting(options.remote));
  CAIRN_TRY(const auto selected, choose(repository, options));
  const auto selection = make_selection(options.include, options.exclude);
  std::vector<sync::Version> versions;
  bool whole = selection.everything();
  for (const auto& item : selected) {
    versions.push_back(plain_version(item.tracked));
    whole = whole && item.inside.empty();
  }
  CAIRN_TRY(auto* store, repository.store(context, store::Store::Access::kWrite));
  CAIRN_TRY(auto remote, repository.open_remote(setting));
  CAIRN_CHECK(sync::prepare_remote(context, *remote, false));
  sync::FetchOptions how;
  how.project = repository.settings().project;
  how.dry_run = options.dry_run;
  if (!whole) {
    how.wants = [&](std::string_view path) {
      const auto covers = [&](const Selected& item) { return item.covers(path); };
      return std::ranges::any_of(selected, covers) && selection.wants(path);
    };
  }
  CAIRN_TRY(const auto fetched, sync::fetch_versions(context, *store, *remote, versions, how));
  if (!fetched.missing.empty()) return incomplete(fetched.missing, setting.name);
  std::vector<Digest> complete;  // their roots were read there in this run
  for (const auto& version : versions) {
    if (const auto id = version.pointer.closure_id()) complete.push_back(*id);
  }
  if (!options.dry_run) CAIRN_CHECK(note_pushed(repository, setting.name, complete));
  return FetchCommandReport{setting.name,         fetched.chunks,   fetched.downloaded_bytes,
                            fetched.plain_bytes,  fetched.requests, versions.size()};
}

Result<PullReport> pull(const Context& context, Repository& repository, const FetchCommandOptions& options, bool force) {
  PullReport report;
  CAIRN_TRY(report.fetched, fetch(context, repository, options));
  CheckoutOptions checkout_options;
  checkout_options.paths = options.paths;
  checkout_options.include = options.include;
  checkout_options.exclude = options.exclude;
  checkout_options.dry_run = options.dry_run;
  checkout_options.force = force;
  if (options.dry_run) return report;  // what is not fetched cannot be planned
  CAIRN_TRY(report.checked_out, checkout(context, repository, checkout_options));
  return report;
}

Result<std::string> clone_directory(const std::string& url, const std::string& directory) {
  if (!directory.empty()) return directory;
  std::string name = url;
  while (!name.empty() && name.back() == '/') name.pop_back();
  const auto cut = name.find_last_of("/:");
  if (cut != std::string::npos) name = name.substr(cut + 1);
  if (name.ends_with(".git")) name.resize(name.size() - 4);
  if (name.empty()) {
    return Error(Code::kUsage, "no directory name follows from `" + base::printable(url) + "`")
        .hint("`cairn clone URL DIR` names one");
  }
  return name;
}

}  // namespace cairn::repo
