// The transfer behind push: exactly these versions, whoever chose them.
#pragma once

#include <vector>

#include "repo/operations.hpp"

namespace cairn::repo {

struct PushManner {
  bool dry_run = false;
  bool flatten = false;
  bool repair = false;
};
// The report's versions stand in the order of `wanted`. What the remote confirmed is noted here.
// Policies of the committed file are the caller's affair.
Result<PushCommandReport> push_versions(const Context& context, Repository& repository,
                                        const config::RemoteSetting& setting,
                                        const std::vector<Tracked>& wanted, PushManner manner);

}  // namespace cairn::repo
