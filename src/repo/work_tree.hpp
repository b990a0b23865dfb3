// What every operation on files of the work tree asks first.
#pragma once

#include "repo/repository.hpp"

namespace cairn::repo {

// kUsage in a bare repository.
Status require_work_tree(const Repository& repository);

}  // namespace cairn::repo
