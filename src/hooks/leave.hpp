// Data whose pointer git took away (another branch does not have it): unmodified files of a version
// that the store can give back are removed, everything else stays. git has no file of its own at
// the path, nor below.
#pragma once

#include "hooks/follow.hpp"

namespace cairn::hooks {

Status leave(const Context& context, repo::Repository& repository, const repo::Tracked& before,
             FollowReport& report);

}  // namespace cairn::hooks
