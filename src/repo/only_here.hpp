// Data that stands in the work tree and no longer in the store, for whatever reason: `add` stores
// it again, although nothing changed.
#pragma once

#include <set>

#include "repo/repository.hpp"

namespace cairn::repo {

// Whether the store lacks part of this version. Of one that is in `elsewhere` (closure ids, as
// pushed_anywhere() gives them) it may lack on purpose: pull --no-store, cache prune.
Result<bool> is_only_here(const Context& context, Repository& repository, const Tracked& version,
                          const std::set<Digest>& elsewhere);

// After everything was stored again as it is cut now: kMissing where an older cutter had made the
// version, so that other chunks of it lack all the same.
Status require_stored(const Context& context, Repository& repository, const Tracked& version);

}  // namespace cairn::repo
