// `cairn merge`: what a merge of git left in conflict among pointers, and deciding it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "repo/merge_version.hpp"

namespace cairn::repo {

struct MergePick {
  std::string pattern;  // a path from the top or inside the tracked path, a glob, or "all"
  merge::Side side = merge::Side::kOurs;
};
Result<MergePick> parse_pick(const std::string& word);  // "FILE=ours"

struct MergeOptions {
  std::vector<std::string> paths;  // none: every pointer in conflict
  std::vector<MergePick> picks;    // the last one that matches counts
  bool abort = false;              // forget what was picked; a decided path is in conflict again
  bool dry_run = false;
};

struct MergePathReport {
  struct Row {
    MergeConflict conflict;
    std::optional<merge::Side> pick;
  };
  std::string path;
  std::vector<Row> conflicts;
  std::uint64_t open = 0;
  bool finished = false;                   // pointer written and staged
  std::optional<format::Pointer> pointer;  // then; nothing: removed
  merge::FolderMerge::Totals totals;       // then; against ours
};
struct MergeReport {
  std::vector<MergePathReport> paths;
  bool dry_run = false;
};
Result<MergeReport> merge(const Context& context, Repository& repository,
                          const MergeOptions& options);

}  // namespace cairn::repo
