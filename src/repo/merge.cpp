#include "repo/merge.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "format/limits.hpp"
#include "repo/below.hpp"
#include "repo/merge_picks.hpp"
#include "repo/publish.hpp"
#include "repo/work_tree.hpp"
#include "workdir/ignore.hpp"

namespace cairn::repo {

namespace {

using git::PointerConflict;

constexpr std::size_t kMaxMarkedBytes = 1 << 20;  // a side may be text with conflict marks

Error not_in_conflict(const std::string& path) {
  const auto shown = base::printable(path);
  return Error(Code::kUsage, "`" + shown + "` is not in conflict")
      .hint("`cairn merge` lists what is; `git merge BRANCH` starts a merge")
      .hint("`cairn merge " + shown + " --abort` takes up a conflict again that was decided")
      .slug("no-conflict");
}

Result<std::vector<PointerConflict>> choose_conflicts(const Repository& repository,
                                                      const MergeOptions& options) {
  CAIRN_TRY(const auto all, repository.git().pointer_conflicts());
  if (options.paths.empty()) return all;
  std::vector<PointerConflict> chosen;
  for (const auto& typed : options.paths) {
    CAIRN_TRY(const auto path, repository.resolve_argument(typed));
    const auto before = chosen.size();
    for (const auto& conflict : all) {
      if (is_at_or_below(path_of_pointer(conflict.path), path)) chosen.push_back(conflict);
    }
    if (chosen.size() == before) return not_in_conflict(path);
  }
  return chosen;
}

Result<std::optional<format::Pointer>> read_blob_side(const Repository& repository,
                                                      const std::optional<std::string>& blob) {
  if (!blob) return std::optional<format::Pointer>();
  CAIRN_TRY(const auto texts, repository.git().read_blobs({*blob}, kMaxMarkedBytes));
  auto parsed = format::decode_pointer(texts.front());
  if (!parsed) return std::move(parsed).error();
  return std::optional(std::move(parsed->pointer));
}

Result<MergeSides> read_index_sides(const Repository& repository, const PointerConflict& conflict) {
  MergeSides sides;
  auto ours = read_blob_side(repository, conflict.ours);
  auto theirs = read_blob_side(repository, conflict.theirs);
  for (auto* side : {&ours, &theirs}) {
    if (*side) continue;
    return std::move(*side)
        .error()
        .with("a side of `" + base::printable(conflict.path) + "`")
        .hint("`git checkout --ours -- " + base::printable(conflict.path) +
              "` or `--theirs`, then `git add` it");
  }
  sides.ours = *std::move(ours);
  sides.theirs = *std::move(theirs);
  auto base = read_blob_side(repository, conflict.base);
  sides.base_unreadable = !base;
  if (base) sides.base = *std::move(base);
  return sides;
}

bool pick_matches(const std::string& pattern, const std::string& tracked,
                  const std::string& inside) {
  if (pattern == "all") return true;
  const auto whole = path_below(tracked, inside);
  return pattern == whole || (!inside.empty() && pattern == inside) ||
         workdir::glob_match(pattern, whole) ||
         (!inside.empty() && workdir::glob_match(pattern, inside));
}

Status refuse_unused(const MergeOptions& options, const std::vector<bool>& used) {
  for (std::size_t i = 0; i < used.size(); ++i) {
    if (used[i]) continue;
    return Error(Code::kUsage,
                 "no conflict is at `" + base::printable(options.picks[i].pattern) + "`")
        .hint("`cairn merge` lists them")
        .slug("no-conflict");
  }
  return {};
}

// One path: what was picked before, and now.
struct OpenMerge {
  PointerConflict conflict;
  VersionMerge merge;
  MergePicks picks;
  MergePathReport report;
};

Result<OpenMerge> open_merge(const Context& context, Repository& repository,
                             const PointerConflict& conflict, const MergeOptions& options,
                             std::vector<bool>& used) {
  CAIRN_TRY(const auto sides, read_index_sides(repository, conflict));
  const auto path = path_of_pointer(conflict.path);
  CAIRN_TRY(auto merge, VersionMerge::compare(context, repository, path, sides));
  CAIRN_TRY(auto picks, read_picks(repository, conflict));
  MergePathReport report;
  report.path = path;
  for (const auto& item : merge.conflicts()) {
    for (std::size_t i = 0; i < options.picks.size(); ++i) {
      if (!pick_matches(options.picks[i].pattern, path, item.path)) continue;
      picks.sides[item.path] = options.picks[i].side;
      used[i] = true;
    }
    const auto pick = picks.sides.find(item.path);
    report.conflicts.push_back(
        {item, pick == picks.sides.end() ? std::nullopt : std::optional(pick->second)});
    report.open += pick == picks.sides.end();
  }
  return OpenMerge{conflict, std::move(merge), std::move(picks), std::move(report)};
}

Status finish_merge(const Context& context, Repository& repository, OpenMerge& open) {
  std::vector<merge::Side> choices;
  for (const auto& row : open.report.conflicts) choices.push_back(*row.pick);
  CAIRN_TRY(const auto merged, open.merge.write(context, repository, choices));
  if (merged.pointer) {
    CAIRN_CHECK(publish_pointer_alone(repository, {open.report.path, *merged.pointer}));
  } else {
    CAIRN_CHECK(unpublish_pointer_alone(repository, open.report.path));
  }
  open.report.finished = true;
  open.report.pointer = merged.pointer;
  open.report.totals = merged.totals;
  return drop_picks(repository, open.conflict.path);
}

// Back to the conflict that git left: also where it was decided already, as long as git remembers
// its sides.
Result<MergeReport> abort_picks(const Repository& repository, const MergeOptions& options) {
  MergeReport report;
  std::vector<std::string> pointers;
  for (const auto& typed : options.paths) {
    CAIRN_TRY(const auto path, repository.resolve_argument(typed));
    pointers.push_back(pointer_path(path));
  }
  if (pointers.empty()) {
    CAIRN_TRY(const auto all, repository.git().pointer_conflicts());
    for (const auto& conflict : all) pointers.push_back(conflict.path);
  }
  report.dry_run = options.dry_run;
  for (const auto& pointer : pointers) {
    if (!options.dry_run) {
      CAIRN_CHECK(drop_picks(repository, pointer));
      // Fails where a side has no pointer: there are no marks to bring back.
      (void)repository.git().run({"checkout", "--merge", "--", pointer});
      CAIRN_TRY(const auto all, repository.git().pointer_conflicts());
      if (std::ranges::find(all, pointer, &PointerConflict::path) == all.end())
        return not_in_conflict(path_of_pointer(pointer));
    }
    MergePathReport row;
    row.path = path_of_pointer(pointer);
    report.paths.push_back(std::move(row));
  }
  return report;
}

}  // namespace

Result<MergePick> parse_pick(const std::string& word) {
  const auto cut = word.rfind('=');
  const auto side = cut == std::string::npos ? std::nullopt : side_of(word.substr(cut + 1));
  if (side && cut > 0) return MergePick{word.substr(0, cut), *side};
  return Error(Code::kUsage, "`--pick " + base::printable(word) + "` does not name a side")
      .hint("`--pick FILE=ours`, `=theirs` or `=base`; `--pick all=ours` takes one side in all");
}

Result<MergeReport> merge(const Context& context, Repository& repository,
                          const MergeOptions& options) {
  CAIRN_CHECK(require_work_tree(repository));
  if (options.abort) return abort_picks(repository, options);
  CAIRN_TRY(const auto conflicts, choose_conflicts(repository, options));
  std::vector<bool> used(options.picks.size(), false);
  std::vector<OpenMerge> merges;
  for (const auto& conflict : conflicts) {
    CAIRN_TRY(auto open, open_merge(context, repository, conflict, options, used));
    merges.push_back(std::move(open));
  }
  CAIRN_CHECK(refuse_unused(options, used));
  MergeReport report;
  report.dry_run = options.dry_run;
  for (auto& open : merges) {
    if (!options.dry_run && open.report.open == 0) {
      CAIRN_CHECK(finish_merge(context, repository, open));
    } else if (!options.dry_run && !options.picks.empty()) {
      CAIRN_CHECK(save_picks(repository, open.conflict, open.picks));
    }
    report.paths.push_back(std::move(open.report));
  }
  return report;
}

}  // namespace cairn::repo
