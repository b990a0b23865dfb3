// Data that stands in the work tree and no longer in the store, for whatever reason: `add` stores
// it again, although nothing changed.
#pragma once

#include "repo/repository.hpp"

namespace cairn::repo {

// Whether the store lacks part of this version. Of one that a remote is known to have, only when
// `force` asks: it may lack on purpose (pull --no-store, cache prune).
Result<bool> is_only_here(const Context& context, Repository& repository, const Tracked& version,
                          bool force);

// After everything was stored again as it is cut now: kMissing where an older cutter had made the
// version, so that other chunks of it lack all the same.
Status require_stored(const Context& context, Repository& repository, const Tracked& version);

}  // namespace cairn::repo
