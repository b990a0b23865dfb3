// Names for what is missing: files, not chunks.
#pragma once

#include <string>
#include <vector>

#include "sync/planning.hpp"

namespace cairn::sync {

// The first `limit` files of a planned version of which a chunk was found nowhere. The version's
// own path when its pages are missing, or when it is a file.
Result<std::vector<std::string>> missing_files(const PlanInputs& inputs, const Plan& plan,
                                               const PlanVersion& version, std::size_t limit);

}  // namespace cairn::sync
