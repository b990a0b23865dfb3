// The second half of restore and of `ci --to`: files of a version, all of whose data is here, into
// a directory.
#pragma once

#include <optional>
#include <vector>

#include "format/tree.hpp"
#include "repo/operations.hpp"
#include "workdir/materialise.hpp"

namespace cairn::repo {

FetchCommandOptions what_to_fetch(const RestoreOptions& options);

// The files of `selected` that the options want, in order of the paths that they are to have.
// kConflict where two would have the same, no_match() where patterns select nothing.
Result<std::vector<workdir::WriteItem>> wanted_items(const format::PageFetch& pages,
                                                     const std::vector<Selected>& selected,
                                                     const RestoreOptions& options);

// What to write below which directory; what stands there already is left out and counted.
struct BelowPlan {
  workdir::TreeRoot root;
  std::vector<workdir::WriteItem> items;
};
// kConflict where files with other content stand in the way and options.force is not set. Nothing:
// a dry run into a directory that is not there, already counted.
Result<std::optional<BelowPlan>> plan_below(const Context& context, const Repository& repository,
                                            const format::PageFetch& pages,
                                            const std::vector<Selected>& selected,
                                            const RestoreOptions& options, CheckoutReport& report);
void count_items(const std::vector<workdir::WriteItem>& items, CheckoutReport& report);

// Exact or nothing: kConflict where files with other content stand in the way and options.force is
// not set. options.to, strip, include, exclude and dry_run count.
Status write_below(const Context& context, Repository& repository,
                   const std::vector<Selected>& selected, const RestoreOptions& options,
                   CheckoutReport& report);

}  // namespace cairn::repo
