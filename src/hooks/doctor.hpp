// What `cairn doctor` says of the hooks of this clone.
#pragma once

#include <vector>

#include "repo/doctor.hpp"

namespace cairn::hooks {

std::vector<repo::Finding> doctor(const repo::Repository& repository);

}  // namespace cairn::hooks
