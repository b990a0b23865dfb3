#include "repo/checkout_plan.hpp"

#include <algorithm>
#include <utility>

#include <sys/stat.h>

#include "base/counted.hpp"
#include "base/file.hpp"
#include "base/free_memory.hpp"
#include "base/shell.hpp"
#include "base/text.hpp"
#include "repo/below.hpp"
#include "repo/comes_back.hpp"
#include "repo/details.hpp"
#include "repo/outside.hpp"
#include "repo/partial.hpp"

namespace cairn::repo {

namespace {

// Whether node i is on disk in the form that `link` gives to files.
Result<bool> has_form(const Repository& repository, const std::string& tracked,
                      const LocalTree& local, std::size_t i, workdir::LinkMode link) {
  if (local.scan.nodes[i].type != workdir::NodeType::kFile || local.scan.nodes[i].stat.size == 0)
    return true;
  if (local.followed.contains(i)) return true;
  const bool symlink = local.shared.contains(i);
  if (symlink || link == workdir::LinkMode::kSymlink)
    return symlink && link == workdir::LinkMode::kSymlink;
  CAIRN_TRY(const auto info, repository.tree().lstat(local.full_path(tracked, i)));
  const bool hard = info && info->st_nlink > 1;
  if (link == workdir::LinkMode::kHardlink) return hard;
  return !hard && info && (info->st_mode & S_IWUSR) != 0;
}

// Places that are in the tree need not be in the version: what an older one left there goes.
Selected without_places_here(const CheckoutTarget& target) {
  Selected out = target.selected;
  std::erase_if(out.inside, [&](const std::string& place) {
    return std::ranges::any_of(target.local.scan.nodes,
                               [&](const auto& node) { return is_at_or_below(node.path, place); });
  });
  return out;
}

bool wants_something_here(const workdir::Selection& selection, const CheckoutTarget& target) {
  if (selection.everything()) return true;
  for (std::size_t i = 0; i < target.local.scan.nodes.size(); ++i) {
    if (selection.wants(target.local.full_path(target.selected.tracked.path, i))) return true;
  }
  return false;
}

}  // namespace

Result<CheckoutTarget> look_at_target(const Context& context, const Repository& repository,
                                      const Selected& selected,
                                      std::optional<workdir::LinkMode> link) {
  CheckoutTarget target{selected, {}, {}, false};
  const auto& tracked = selected.tracked;
  CAIRN_TRY(target.local, read_local_tree(context, repository, tracked.path));
  const bool whole = selected.inside.empty();  // else the list tells whether that is in it
  if (link || !whole || !is_up_to_date(tracked.pointer, target.local)) return target;
  target.plan.up_to_date = true;
  target.plan.unchanged = target.local.ids.size();
  return target;
}

Status plan_target(const Context& context, const Repository& repository, const sync::Holdings& here,
                   const workdir::Selection& selection, std::optional<workdir::LinkMode> link,
                   CheckoutTarget& target) {
  if (target.plan.up_to_date) {
    target.matched = wants_something_here(selection, target);
    return {};
  }
  const auto& tracked = target.selected.tracked;
  if (!target.local.scan.special.empty()) {
    return Error(Code::kConflict,
                 "`" + base::printable(target.local.scan.special.front()) + "` is in the way");
  }
  CAIRN_CHECK(hash_unknown(context, repository, tracked.path, target.local));
  CAIRN_TRY(const auto partly, PartialView::of(target.local.cache, tracked, here.pages));
  // What is here follows a change of version whatever was asked for: a state of two versions would
  // look like local changes.
  const bool typed = target.all || !selection.everything() || !target.selected.inside.empty() ||
                     partly.is_begun_by(target.selected);
  const auto wants = [&](std::string_view path) {
    if (partly.version_changed() && partly.was_here(path)) return true;
    if (!typed) return !partly.partial() || partly.belongs(path);
    return target.selected.covers(path) && selection.wants(path);
  };
  const auto recoverable = [&](const FileId& id, std::uint64_t size) {
    return size == 0 || here.has(id.as<ChunkId>());
  };
  HasForm form;
  if (link) {
    form = [&](std::size_t i) {
      return has_form(repository, tracked.path, target.local, i, *link);
    };
  }
  TreePlanner planner(tracked.path, target.local, {wants, recoverable, form});
  planner.expect(tracked.pointer.files);
  PlaceSearch places(without_places_here(target));
  const auto visit = [&](const format::ManifestEntry& entry) -> Status {
    places.look_at(entry.path);
    target.matched = target.matched || wants(path_below(tracked.path, entry.path));
    return planner.add(entry);
  };
  const auto walked = for_each_entry(tracked.pointer, here.pages, visit);
  if (!walked) return not_here(walked.error(), tracked.path);
  CAIRN_CHECK(places.verdict());
  target.plan = planner.finish();
  return {};
}

namespace {

Error would_lose(const std::vector<std::string>& conflicts, const std::string& what) {
  auto error = Error(Code::kConflict, "checkout would overwrite local changes in " +
                                          base::counted(conflicts.size(), "file"));
  return with_first(std::move(error), conflicts)
      .hint("`cairn add " + what + "` keeps them as a new version; `--force` gives them up")
      .slug("local-changes");
}

Error would_lose_last_copies(const CheckoutTarget& target, const std::vector<std::size_t>& nodes) {
  const auto& path = target.selected.tracked.path;
  auto error = Error(Code::kConflict, "checkout would take away the last copy of " +
                                          base::counted(nodes.size(), "file") + " of `" +
                                          base::printable(path) + "`");
  std::vector<std::string> paths;
  for (const auto node : nodes) paths.push_back(target.local.full_path(path, node));
  return with_first(std::move(error), paths)
      .detail("the store has lost their data, and no remote is known to have it")
      .hint("go back to the commit of that data; there `cairn add " + base::shell_word(path) +
            "` stores it again")
      .hint("`--force` gives it up")
      .slug("last-copy");
}

}  // namespace

Status refuse_losses(const Repository& repository, const sync::Holdings& here,
                     const std::vector<CheckoutTarget>& targets) {
  std::vector<std::string> conflicts;
  std::string what;  // to add
  for (const auto& target : targets) {
    const auto& found = target.plan.conflicts;
    if (found.empty()) continue;
    what = conflicts.empty() ? base::shell_word(target.selected.tracked.path) : "-u";
    conflicts.insert(conflicts.end(), found.begin(), found.end());
  }
  if (!conflicts.empty()) return would_lose(conflicts, what);
  LastCopies last_copies(repository, here);
  for (const auto& target : targets) {
    CAIRN_TRY(const auto nodes, last_copies.among(target.local, target.plan.going));
    if (!nodes.empty()) return would_lose_last_copies(target, nodes);
  }
  return {};
}

void forget_trees(std::vector<CheckoutTarget>& targets) {
  for (auto& target : targets) target.local = {};
  base::return_free_memory();
}

namespace {

// So many files at most are written, and synced, before what is known of them is saved.
constexpr std::size_t kTogether = 4096;

using Group = std::vector<CheckoutTarget*>;

// What is to be done for all of a group, in its order.
struct GroupPlan {
  TreePlan all;                    // writes and remove alone
  std::vector<std::size_t> first;  // by member, of its writes

  explicit GroupPlan(const Group& group) {
    for (auto* target : group) {
      auto& plan = target->plan;
      first.push_back(all.writes.size());
      append(all.writes, plan.writes);
      append(all.remove, plan.remove);
    }
  }
  [[nodiscard]] std::size_t member_of(std::size_t write) const {
    const auto behind = std::ranges::upper_bound(first, write);
    return static_cast<std::size_t>(behind - first.begin()) - 1;
  }

 private:
  // Items that come first stay where they are in memory.
  template <typename Item>
  static void append(std::vector<Item>& to, std::vector<Item>& from) {
    if (to.empty()) {
      to.swap(from);
    } else {
      to.insert(to.end(), std::make_move_iterator(from.begin()),
                std::make_move_iterator(from.end()));
    }
    std::vector<Item>().swap(from);
  }
};

Status save_written(const Repository& repository, const Group& group) {
  // Files just written count as known: their bytes were hashed on the way, and the clock is read
  // after the last of them.
  CAIRN_TRY(const auto now_ns, workdir::StatCache::filesystem_now_ns(repository.state_directory()));
  std::vector<std::string> paths;
  for (const auto* target : group) paths.push_back(target->selected.tracked.path);
  CAIRN_CHECK(forget_outside(repository, paths));
  for (auto* target : group) {
    const auto& tracked = target->selected.tracked;
    auto& files = target->plan.kept;
    if (!std::ranges::is_sorted(files, {}, &workdir::CachedFile::path))
      std::ranges::sort(files, {}, &workdir::CachedFile::path);
    CAIRN_CHECK(save_state(repository, tracked.path, tracked.pointer.oid, target->plan.unwanted > 0,
                           std::move(files), now_ns));
  }
  return {};
}

Status write_group(const Repository& repository, const WritePlan& write, const Group& group,
                   CheckoutReport& report) {
  if (group.empty()) return {};
  for (auto* target : group) {
    report.paths.push_back(target->selected.tracked.path);
    target->plan.kept.reserve(target->plan.kept.size() + target->plan.writes.size());
  }
  GroupPlan plan(group);
  const auto written = [&](std::size_t i, const workdir::StatKey& stat) -> Status {
    auto& item = plan.all.writes[i];
    auto& target = *group[plan.member_of(i)];
    report.written += 1;
    report.written_bytes += item.entry.size_bytes;
    item.path.erase(0, target.selected.tracked.path.size() + 1);
    target.plan.kept.push_back({std::move(item.path), stat, state_id(item.entry)});
    return {};
  };
  CAIRN_CHECK(base::make_directories(repository.state_directory()));
  CAIRN_CHECK(apply_plan(repository.tree(), plan.all, write, written));
  report.removed += plan.all.remove.size();
  // Of a large folder, more than all that follows needs; `= {}` would keep its memory.
  std::vector<workdir::WriteItem>().swap(plan.all.writes);
  return save_written(repository, group);
}

// Whether there is anything to do.
bool count_kept(const CheckoutTarget& target, CheckoutReport& report) {
  report.unchanged += target.plan.unchanged;
  report.untracked_kept += target.plan.untracked_kept;
  report.left_out += target.plan.unwanted;
  return !target.plan.up_to_date;
}

}  // namespace

Status write_target(const Repository& repository, const WritePlan& write, CheckoutTarget& target,
                    CheckoutReport& report) {
  return count_kept(target, report) ? write_group(repository, write, {&target}, report) : Status();
}

Status write_targets(const Repository& repository, const WritePlan& write,
                     std::span<CheckoutTarget> targets, CheckoutReport& report) {
  Group files;  // in order of their paths, as plans are
  for (auto& target : targets) {
    if (!count_kept(target, report)) continue;
    const bool alone = target.selected.tracked.pointer.kind == format::Pointer::Kind::kFolder;
    if (alone || files.size() == kTogether)
      CAIRN_CHECK(write_group(repository, write, std::exchange(files, {}), report));
    if (alone) {
      CAIRN_CHECK(write_group(repository, write, {&target}, report));
    } else {
      files.push_back(&target);
    }
  }
  return write_group(repository, write, files, report);
}

}  // namespace cairn::repo
