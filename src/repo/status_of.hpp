// status() for callers that have read the pointers already.
#pragma once

#include <vector>

#include "repo/operations.hpp"

namespace cairn::repo {

// Of these paths of the work tree, all of each.
Result<StatusReport> status_of(const Context& context, Repository& repository,
                               const std::vector<Tracked>& tracked);

}  // namespace cairn::repo
