// fetch and pull: bring versions into the store, then into the tree.
#include <algorithm>
#include <map>

#include "base/text.hpp"
#include "repo/fetch_lists.hpp"
#include "repo/fetch_order.hpp"
#include "repo/materialise_plan.hpp"
#include "repo/operations.hpp"
#include "repo/partial.hpp"
#include "repo/pass_through.hpp"
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
  const auto bring = [&](Remote& remote) {
    return sync::fetch_versions(context, *store, remote, versions, how);
  };
  CAIRN_TRY(auto report,
            fetch_in_order({context, repository, versions.size(), how.dry_run, bring}, order));
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
  const auto bring = [&](Remote& remote) {
    return sync::fetch_versions(context, *store, remote, wanted, how);
  };
  CAIRN_CHECK(fetch_in_order({context, repository, wanted.size(), false, bring}, order));
  return {};
}

Result<PullReport> pull(const Context& context, Repository& repository,
                        const FetchCommandOptions& options, bool force) {
  if (options.no_store) return pull_through(context, repository, options, force);
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
