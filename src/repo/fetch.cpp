// fetch and pull: bring versions into the store, then into the tree.
#include <algorithm>
#include <map>

#include "base/free_memory.hpp"
#include "base/text.hpp"
#include "repo/below.hpp"
#include "repo/fetch_lists.hpp"
#include "repo/fetch_order.hpp"
#include "repo/materialise_plan.hpp"
#include "repo/operations.hpp"
#include "repo/outside.hpp"
#include "repo/partial.hpp"
#include "repo/pass_through.hpp"
#include "repo/projects.hpp"
#include "repo/tree_state.hpp"
#include "repo/versions.hpp"
#include "repo/work_tree.hpp"
#include "sync/gaps.hpp"

namespace cairn::repo {

namespace {

// From here on files are written as their data comes. Small ones are faster written folder by
// folder, from the store (100,000 of 1.6 KB: 2.0 s against 2.5).
constexpr std::uint64_t kLargeFiles = std::uint64_t{32} << 10;

Result<std::vector<Selected>> choose(const Repository& repository,
                                     const FetchCommandOptions& options) {
  if (!options.revision.empty()) return select_at(repository, options.revision, options.paths);
  CAIRN_TRY(const auto paths, repository.resolve_arguments(options.paths));
  CAIRN_TRY(const auto tracked, repository.tracked_for(paths));
  CAIRN_TRY(auto selected, select(tracked, paths));
  if (options.for_checkout) CAIRN_CHECK(leave_outside(repository, options.paths, selected));
  return selected;
}

// Places and patterns that select nothing are a slip of the pen.
Status require_match(const store::Store& store, const std::vector<Selected>& selected,
                     const workdir::Selection& selection) {
  for (const auto& item : selected) {
    if (item.inside.empty()) continue;
    CAIRN_TRY(const auto entries, load_entries(item.tracked.pointer, store::page_fetch(store)));
    CAIRN_CHECK(require_places(item, entries));
  }
  if (selection.everything()) return {};
  for (const auto& item : selected) {
    CAIRN_TRY(const auto entries, load_entries(item.tracked.pointer, store::page_fetch(store)));
    for (const auto& entry : entries) {
      const auto path = path_below(item.tracked.path, entry.path);
      if (item.covers(path) && selection.wants(path)) return {};
    }
  }
  return no_match();
}

// What a fetch is asked for.
class Wanted {
 public:
  static Result<Wanted> of(const Context& context, Repository& repository,
                           const FetchCommandOptions& options);

  [[nodiscard]] const std::vector<Selected>& selected() const { return selected_; }
  // Everything wanted is here.
  [[nodiscard]] Result<bool> is_here() const {
    for (const auto& version : versions_) {
      CAIRN_TRY(const auto gaps, sync::find_gaps(*store_, version, wants(), 1));
      if (!gaps.none()) return false;
    }
    return true;
  }
  [[nodiscard]] std::uint64_t mean_file_bytes() const {
    std::uint64_t files = 0;
    std::uint64_t bytes = 0;
    for (const auto& version : versions_) {
      files += version.pointer.kind == format::Pointer::Kind::kFolder ? version.pointer.files : 1;
      bytes += version.pointer.size_bytes;
    }
    return bytes / std::max<std::uint64_t>(files, 1);
  }
  Result<FetchCommandReport> bring(const Context& context, const Repository& repository,
                                   ReadingOrder& order) const {
    sync::FetchOptions how;
    how.project = repository.settings().project;
    how.dry_run = options_.dry_run;
    how.wants = wants();
    const auto bring = [&](sync::FetchSource& source) {
      return sync::fetch_versions(*store_, source, versions_, how);
    };
    CAIRN_TRY(auto report,
              fetch_in_order({context, repository, versions_.size(), how.dry_run, bring}, order));
    if (!options_.dry_run) CAIRN_CHECK(require_match(*store_, selected_, selection_));
    return report;
  }

 private:
  Wanted(const FetchCommandOptions& options, std::vector<Selected> selected)
      : options_(options),
        selection_(make_selection(options.include, options.exclude)),
        selected_(std::move(selected)) {}

  // Empty: everything.
  [[nodiscard]] sync::Wants wants() const {
    if (options_.lists_only) return [](std::string_view) { return false; };
    const auto is_whole = [](const Selected& item) { return item.inside.empty(); };
    if (selection_.everything() && std::ranges::all_of(selected_, is_whole) && partial_.empty())
      return {};
    return [this](std::string_view path) {
      return any_at_or_above(path, [&](std::string_view tracked) {
        const auto found = std::ranges::lower_bound(
            selected_, tracked, {},
            [](const Selected& item) { return std::string_view(item.tracked.path); });
        return found != selected_.end() && found->tracked.path == tracked &&
               is_wanted(*found, path);
      });
    };
  }
  // As checkout chooses: what is here follows a change of version, and without patterns nothing
  // else comes.
  [[nodiscard]] bool is_wanted(const Selected& item, std::string_view path) const {
    const auto here = partial_.find(item.tracked.path);
    const bool below = path == item.tracked.path || path.starts_with(item.tracked.path + "/");
    if (here == partial_.end() || !below) return item.covers(path) && selection_.wants(path);
    const bool typed =
        !selection_.everything() || !item.inside.empty() || here->second.is_begun_by(item);
    if (here->second.version_changed() && here->second.was_here(path)) return true;
    return typed ? item.covers(path) && selection_.wants(path) : here->second.belongs(path);
  }

  FetchCommandOptions options_;
  workdir::Selection selection_;
  std::vector<Selected> selected_;  // sorted by path
  std::vector<sync::Version> versions_;
  store::Store* store_ = nullptr;
  std::map<std::string, PartialView> partial_;
};

Result<Wanted> Wanted::of(const Context& context, Repository& repository,
                          const FetchCommandOptions& options) {
  CAIRN_TRY(auto selected, choose(repository, options));
  Wanted out(options, std::move(selected));
  CAIRN_TRY(out.store_, repository.store(context, store::Store::Access::kWrite));
  std::vector<Tracked> noted;
  for (const auto& item : out.selected_) {
    noted.push_back(item.tracked);
    out.versions_.push_back(plain_version(item.tracked));
  }
  if (!options.dry_run) CAIRN_CHECK(note_roots(repository, noted));
  if (!options.for_checkout) return out;
  for (const auto& item : out.selected_) {
    CAIRN_TRY(auto here, PartialView::of(repository, item.tracked, store::page_fetch(*out.store_)));
    if (here.partial()) out.partial_.emplace(item.tracked.path, std::move(here));
  }
  return out;
}

}  // namespace

Result<FetchCommandReport> fetch(const Context& context, Repository& repository,
                                 const FetchCommandOptions& options) {
  CAIRN_TRY(auto order, reading_order(repository, options.remote));
  CAIRN_TRY(const auto wanted, Wanted::of(context, repository, options));
  return wanted.bring(context, repository, order);
}

Status fetch_lists(const Context& context, Repository& repository,
                   const std::vector<Tracked>& versions) {
  CAIRN_TRY(auto order, reading_order(repository, ""));
  CAIRN_TRY(auto* store, repository.store(context, store::Store::Access::kWrite));
  std::vector<sync::Version> wanted;
  for (const auto& item : versions) wanted.push_back(plain_version(item));
  sync::FetchOptions how;
  how.project = repository.settings().project;
  how.wants = [](std::string_view) { return false; };
  const auto bring = [&](sync::FetchSource& source) {
    return sync::fetch_versions(*store, source, wanted, how);
  };
  CAIRN_CHECK(fetch_in_order({context, repository, wanted.size(), false, bring}, order));
  return {};
}

Result<PullReport> pull(const Context& context, Repository& repository,
                        const FetchCommandOptions& options, bool force) {
  CAIRN_CHECK(require_work_tree(repository));
  CAIRN_TRY(auto order, reading_order(repository, options.remote));
  if (options.no_store)
    return pull_through(context, repository, options, force, {order, Keep::kNothing});
  auto for_checkout = options;
  for_checkout.for_checkout = true;
  CAIRN_TRY(const auto wanted, Wanted::of(context, repository, for_checkout));
  CAIRN_TRY(const auto links, links_in_the_way(repository, wanted.selected()));
  if (!force) CAIRN_CHECK(refuse_links(links));
  PullReport report;
  bool at_once = links.empty() && !options.dry_run && wanted.mean_file_bytes() >= kLargeFiles &&
                 repository.settings().link_mode == "copy";
  if (at_once) {
    CAIRN_TRY(const bool all_here, wanted.is_here());
    at_once = !all_here;
  }
  if (at_once) {  // what comes goes into the store and into the files
    CAIRN_TRY(report, pull_through(context, repository, options, force, {order, Keep::kAll}));
    CAIRN_TRY(const bool complete, wanted.is_here());
    if (complete) return report;
  }
  CAIRN_TRY(const auto fetched, wanted.bring(context, repository, order));
  add_fetched(fetched, report.fetched);
  report.fetched.dry_run = options.dry_run;
  if (at_once) return report;
  base::return_free_memory();
  CheckoutOptions checkout_options;
  checkout_options.paths = options.paths;
  checkout_options.include = options.include;
  checkout_options.exclude = options.exclude;
  checkout_options.dry_run = options.dry_run;
  checkout_options.force = force;
  if (options.dry_run && fetched.chunks > 0)
    return report;  // what is not fetched cannot be planned
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
