// checkout: makes the tree match the pointers. The whole plan stands, and is checked, before the
// first write.
#include <algorithm>

#include "base/shell.hpp"
#include "base/text.hpp"
#include "repo/below.hpp"
#include "repo/checkout_plan.hpp"
#include "repo/details.hpp"
#include "repo/outside.hpp"
#include "repo/projects.hpp"
#include "repo/publish.hpp"
#include "repo/splice.hpp"
#include "repo/work_tree.hpp"
#include "workdir/ignore.hpp"

namespace cairn::repo {

namespace {

Result<std::vector<Selected>> find_targets(const Repository& repository,
                                           const CheckoutOptions& options) {
  if (options.revision.empty()) {
    CAIRN_TRY(const auto paths, repository.resolve_arguments(options.paths));
    CAIRN_TRY(const auto tracked, repository.tracked_for(paths));
    return select(tracked, paths);
  }
  if (options.paths.empty()) {
    CAIRN_CHECK(repository.git().resolve_commit(options.revision));
    const bool branch = repository.git().resolve_commit("refs/heads/" + options.revision).ok();
    return Error(Code::kUsage, "`" + base::printable(options.revision) +
                                   "` is a revision, and a whole revision is checked out by git")
        .hint(std::string("`git switch ") + (branch ? "" : "--detach ") +
              base::shell_word(options.revision) + "`, then `cairn checkout`")
        .slug("use-git-switch");
  }
  return select_at(repository, options.revision, options.paths);
}

// Links that are to give way go first: nothing can be written below them.
Status check_writes(const Context& context, const Repository& repository, const store::Store& store,
                    std::vector<const workdir::WriteItem*> writes, const LinksInTheWay& links,
                    bool dry_run) {
  if (dry_run) {
    std::erase_if(writes, [&](const workdir::WriteItem* item) {
      return std::ranges::any_of(
          links, [&](const auto& link) { return is_at_or_below(item->path, link.first); });
    });
  } else {
    CAIRN_CHECK(remove_links(repository, links));
  }
  auto checked = workdir::check_writes(context, store, repository.tree(), writes,
                                       repository.state_directory());
  if (!checked && !dry_run) CAIRN_CHECK(put_back_links(repository, links));
  return checked;
}

// What lacks belongs to that revision, and `cairn pull` would bring another version.
Error say_how_to_fetch(const Error& error, const CheckoutOptions& options) {
  if (error.code() != Code::kMissing || options.revision.empty()) return error;
  auto line = "cairn fetch --rev " + base::shell_word(options.revision);
  for (const auto& path : options.paths) line += " " + base::shell_word(path);
  return with_only_hint(error, "`" + line + "` brings it from the remote");
}

}  // namespace

Result<CheckoutReport> checkout(const Context& context, Repository& repository,
                                const CheckoutOptions& options) {
  CAIRN_CHECK(require_work_tree(repository));
  CAIRN_TRY(auto selected, find_targets(repository, options));
  CAIRN_TRY(auto outside, leave_outside(repository, options.paths, selected));
  auto report = checkout_selected(context, repository, std::move(selected), options);
  if (!report) return say_how_to_fetch(report.error(), options);
  report->outside = std::move(outside);
  return report;
}

Result<CheckoutReport> checkout_selected(const Context& context, Repository& repository,
                                         std::vector<Selected> selected,
                                         const CheckoutOptions& options) {
  CAIRN_TRY(const auto link,
            workdir::parse_link_mode(options.link.value_or(repository.settings().link_mode)));
  CheckoutReport report;
  CAIRN_TRY(const auto links, links_in_the_way(repository, selected));
  if (!options.force) CAIRN_CHECK(refuse_links(links));
  CAIRN_TRY(auto* store, repository.store(context, store::Store::Access::kRead));
  const auto selection = make_selection(options.include, options.exclude);
  const auto typed = options.link ? std::optional(link) : std::nullopt;
  auto here = sync::holdings_of(*store);
  Splices splices(here.pages);
  if (!options.revision.empty()) {
    for (auto& item : selected) {
      CAIRN_CHECK(check_ignore_file(repository, item.tracked.path));
      CAIRN_CHECK(splices.splice(repository, item));
    }
    here.pages = splices.pages();
  }
  std::vector<CheckoutTarget> targets;
  for (const auto& item : selected) {
    CAIRN_TRY(auto target, look_at_target(context, repository, item, typed));
    if (links.contains(item.tracked.path)) target.local = LocalTree();
    target.all = options.all;
    CAIRN_CHECK(plan_target(context, repository, here, selection, typed, target));
    targets.push_back(std::move(target));
  }
  const bool nothing =
      std::ranges::none_of(targets, [](const auto& target) { return target.matched; });
  if (nothing && !selection.everything()) return no_match();
  if (!options.force) CAIRN_CHECK(refuse_losses(repository, here, targets));
  forget_trees(targets);
  std::vector<const workdir::WriteItem*> all;
  for (const auto& target : targets) {
    for (const auto& item : target.plan.writes) all.push_back(&item);
  }
  CAIRN_CHECK(check_writes(context, repository, *store, std::move(all), links, options.dry_run));
  if (options.dry_run) {
    for (const auto& target : targets) count_plan(target.plan, report);
    return report;
  }
  CAIRN_TRY(const auto session, splices.keep(context, repository));
  std::vector<Tracked> pointers;
  for (const auto& item : selected) pointers.push_back(item.tracked);
  const auto noted = note_roots(repository, pointers);
  if (!noted && noted.error().code() != Code::kPermission)
    return noted.error();  // a store that is only read cannot be noted in
  const workdir::WriteOptions how{link, true, repository.state_directory()};
  const auto write = [&](const TreePlan& plan, const workdir::WrittenVisit& written) {
    return workdir::write_items(context, *store, repository.tree(), plan.writes, how, written);
  };
  CAIRN_CHECK(write_targets(repository, write, targets, report));
  if (!options.revision.empty()) {
    CAIRN_CHECK(publish_pointers(repository, pointers));
  }
  return report;
}

}  // namespace cairn::repo
