// The merge driver that git calls for a pointer which both sides changed.
#pragma once

#include <string>

#include "repo/merge_version.hpp"

namespace cairn::repo {

struct MergeDriverOptions {
  std::string base_file, ours_file, theirs_file;  // %O, %A, %B; relative to where git started us
  std::size_t marker_size = 7;                    // %L
  std::string pointer;                            // %P, from the top of the work tree
};

struct MergeDriverReport {
  std::string path;  // tracked
  bool clean = false;
  std::vector<MergeConflict> conflicts;
  merge::FolderMerge::Totals totals;
};

// Writes the merged pointer over `ours_file`, or both pointers between conflict marks, which no
// reader takes for a pointer; git's index keeps the three sides for `cairn merge`. An error leaves
// the marks too. No file data is needed.
Result<MergeDriverReport> merge_driver(const Context& context, const Environment& environment,
                                       const MergeDriverOptions& options);

}  // namespace cairn::repo
