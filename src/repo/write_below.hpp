// The second half of restore and of `ci --to`: files of a version, all of whose data is here, into
// a directory.
#pragma once

#include <vector>

#include "repo/operations.hpp"
#include "workdir/materialise.hpp"

namespace cairn::repo {

// The files of `selected` that the options want, in order of the paths that they are to have.
// kConflict where two would have the same.
Result<std::vector<workdir::WriteItem>> wanted_items(const store::Store& store,
                                                     const std::vector<Selected>& selected,
                                                     const RestoreOptions& options);

// Exact or nothing: kConflict where files with other content stand in the way and options.force is
// not set. options.to, strip, include, exclude and dry_run count.
Status write_below(const Context& context, Repository& repository,
                   const std::vector<Selected>& selected, const RestoreOptions& options,
                   CheckoutReport& report);

}  // namespace cairn::repo
