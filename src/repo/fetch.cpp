// fetch and pull: bring versions into the store, then into the tree.
#include <algorithm>
#include <map>
#include <optional>

#include "base/text.hpp"
#include "repo/details.hpp"
#include "repo/fetch_lists.hpp"
#include "repo/materialise_plan.hpp"
#include "repo/operations.hpp"
#include "repo/partial.hpp"
#include "repo/projects.hpp"
#include "repo/tree_state.hpp"
#include "repo/versions.hpp"
#include "repo/work_tree.hpp"

namespace cairn::repo {

namespace {

Result<std::vector<Selected>> choose(const Repository& repository,
                                     const FetchCommandOptions& options) {
  if (!options.revision.empty()) return select_at(repository, options.revision, options.paths);
  CAIRN_TRY(const auto paths, repository.resolve_arguments(options.paths));
  CAIRN_TRY(const auto tracked, repository.tracked());
  return select(tracked, paths);
}

Error incomplete(const sync::FetchReport& fetched, const std::string& remote) {
  const std::string what =
      base::human_count(fetched.missing.size()) + " version(s) or file(s) are ";
  if (fetched.damaged) {
    return with_first(Error(Code::kCorrupt, what + "damaged on `" + base::printable(remote) + "`"),
                      fetched.missing)
        .hint("`cairn fsck -r " + base::printable(remote) + "` tells what is hit there")
        .hint("`cairn fetch -r NAME` tries another remote")
        .slug("corrupt-data");
  }
  return with_first(
             Error(Code::kMissing, what + "not complete on `" + base::printable(remote) + "`"),
             fetched.missing)
      .hint("whoever made this version can bring it: `cairn push` in their clone")
      .hint("`cairn fetch -r NAME` tries another remote")
      .slug("missing-object");
}

// Patterns that select nothing are a slip of the pen.
Status require_match(const store::Store& store, const std::vector<Selected>& selected,
                     const workdir::Selection& selection) {
  for (const auto& item : selected) {
    CAIRN_TRY(const auto entries, load_entries(item.tracked.pointer, store::page_fetch(store)));
    for (const auto& entry : entries) {
      const auto path =
          entry.path.empty() ? item.tracked.path : item.tracked.path + "/" + entry.path;
      if (item.covers(path) && selection.wants(path)) return {};
    }
  }
  return no_match();
}

// One remote when it is named, else those of cairn.read-remotes, else the default one.
Result<std::vector<config::RemoteSetting>> reading_order(const Repository& repository,
                                                         const std::string& typed) {
  std::vector<config::RemoteSetting> order;
  const auto& names = repository.settings().read_remotes;
  if (typed.empty()) {
    for (const auto& name : names) {
      CAIRN_TRY(auto setting, repository.remote_setting(name));
      order.push_back(std::move(setting));
    }
  }
  if (!order.empty()) return order;
  CAIRN_TRY(auto setting, repository.remote_setting(typed));
  order.push_back(std::move(setting));
  return order;
}

struct FarFetch {
  const Context& context;
  const Repository& repository;
  store::Store& store;
  const std::vector<sync::Version>& versions;
  const sync::FetchOptions& how;
};

// What is there comes, verified chunk by chunk; incomplete() when that was not all of it.
Status fetch_from(const FarFetch& ask, const config::RemoteSetting& setting,
                  FetchCommandReport& report) {
  CAIRN_TRY(const auto remote, ask.repository.open_remote(setting));
  CAIRN_CHECK(sync::prepare_remote(ask.context, *remote, false));
  CAIRN_TRY(const auto fetched,
            sync::fetch_versions(ask.context, ask.store, *remote, ask.versions, ask.how));
  report.chunks += fetched.chunks;
  report.downloaded_bytes += fetched.downloaded_bytes;
  report.plain_bytes += fetched.plain_bytes;
  report.requests += fetched.requests;
  if (fetched.chunks > 0 || report.remote.empty())
    report.remote += (report.remote.empty() ? "" : ", ") + setting.name;
  if (!fetched.missing.empty()) return incomplete(fetched, setting.name);
  // Only these: of a version that was whole here already nothing was asked, and it may never have
  // been pushed.
  return ask.how.dry_run ? Status() : note_pushed(ask.repository, setting.name, fetched.rooted);
}

// Also a job without credentials may read elsewhere: a mirror over plain HTTPS, an open bucket.
bool closed(const Error& error) {
  return error.code() == Code::kNetwork || error.code() == Code::kUnauthenticated;
}
bool next_may_help(const Error& error) {
  return closed(error) || error.code() == Code::kMissing || error.code() == Code::kCorrupt;
}

// A remote that could not be reached, or was closed to us, may have had what the others lack: its
// failure is the answer then.
Result<FetchCommandReport> fetch_in_order(const FarFetch& ask,
                                          const std::vector<config::RemoteSetting>& order) {
  FetchCommandReport report;
  report.versions = ask.versions.size();
  report.dry_run = ask.how.dry_run;
  std::optional<Error> no_answer;
  for (std::size_t i = 0; i < order.size(); ++i) {
    Status done = fetch_from(ask, order[i], report);
    if (done.ok()) return report;
    Error error = std::move(done).error();
    if (!next_may_help(error)) return error;
    if (i + 1 == order.size()) return no_answer && !closed(error) ? *std::move(no_answer) : error;
    ask.context.log.warn("remote `" + order[i].name + "`: " + error.message() + "; trying `" +
                         order[i + 1].name + "`");
    if (closed(error) && !no_answer) no_answer = std::move(error);
  }
  return report;
}

}  // namespace

Result<FetchCommandReport> fetch(const Context& context, Repository& repository,
                                 const FetchCommandOptions& options) {
  CAIRN_TRY(const auto order, reading_order(repository, options.remote));
  CAIRN_TRY(const auto selected, choose(repository, options));
  const auto selection = make_selection(options.include, options.exclude);
  std::vector<sync::Version> versions;
  bool whole = selection.everything();
  for (const auto& item : selected) {
    versions.push_back(plain_version(item.tracked));
    whole = whole && item.inside.empty();
  }
  CAIRN_TRY(auto* store, repository.store(context, store::Store::Access::kWrite));
  std::vector<Tracked> noted;
  for (const auto& item : selected) noted.push_back(item.tracked);
  if (!options.dry_run) CAIRN_CHECK(note_roots(repository, noted));
  sync::FetchOptions how;
  how.project = repository.settings().project;
  how.dry_run = options.dry_run;
  std::map<std::string, PartialView> partial;
  if (options.for_checkout) {
    for (const auto& item : selected) {
      CAIRN_TRY(auto here, PartialView::of(repository, item.tracked, store::page_fetch(*store)));
      if (here.partial()) partial.emplace(item.tracked.path, std::move(here));
    }
    whole = whole && partial.empty();
  }
  if (options.lists_only) {
    how.wants = [](std::string_view) { return false; };
  } else if (!whole) {
    how.wants = [&](std::string_view path) {
      // As checkout chooses: what is here follows a change of version, and without patterns nothing
      // else comes.
      const auto wanted = [&](const Selected& item) {
        const auto here = partial.find(item.tracked.path);
        const bool typed = !selection.everything() || !item.inside.empty();
        const bool below = path == item.tracked.path || path.starts_with(item.tracked.path + "/");
        if (here == partial.end() || !below) return item.covers(path) && selection.wants(path);
        if (here->second.version_changed() && here->second.was_here(path)) return true;
        return typed ? item.covers(path) && selection.wants(path) : here->second.belongs(path);
      };
      return std::ranges::any_of(selected, wanted);
    };
  }
  const FarFetch ask{context, repository, *store, versions, how};
  CAIRN_TRY(auto report, fetch_in_order(ask, order));
  if (!options.include.empty() && !options.dry_run)
    CAIRN_CHECK(require_match(*store, selected, selection));
  return report;
}

Status fetch_lists(const Context& context, Repository& repository,
                   const std::vector<Tracked>& versions) {
  CAIRN_TRY(const auto order, reading_order(repository, ""));
  CAIRN_TRY(auto* store, repository.store(context, store::Store::Access::kWrite));
  std::vector<sync::Version> wanted;
  for (const auto& item : versions) wanted.push_back(plain_version(item));
  sync::FetchOptions how;
  how.project = repository.settings().project;
  how.wants = [](std::string_view) { return false; };
  CAIRN_CHECK(fetch_in_order({context, repository, *store, wanted, how}, order));
  return {};
}

Result<PullReport> pull(const Context& context, Repository& repository,
                        const FetchCommandOptions& options, bool force) {
  CAIRN_CHECK(require_work_tree(repository));
  PullReport report;
  auto wanted = options;
  wanted.for_checkout = true;
  CAIRN_TRY(report.fetched, fetch(context, repository, wanted));
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
