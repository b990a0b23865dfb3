// Checks of a commit that look into its data rather than at its pointers.
#pragma once

#include <vector>

#include "hooks/findings.hpp"
#include "hooks/inherited.hpp"
#include "repo/repository.hpp"

namespace cairn::hooks {

// More new data than cairn.max-commit.
Result<std::vector<Fault>> check_budget(const Context& context, repo::Repository& repository,
                                        Parents& parents, const std::vector<repo::Tracked>& staged);
// New files that run code when they are read, one fault for each tracked path.
Result<std::vector<Fault>> check_models(const Context& context, repo::Repository& repository,
                                        Parents& parents, const std::vector<repo::Tracked>& staged);

}  // namespace cairn::hooks
