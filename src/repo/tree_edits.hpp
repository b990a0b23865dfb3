// Small files of the work tree that git tracks (pointers, ignore rules, settings): one command
// edits them at a time.
#pragma once

#include <string>
#include <string_view>

#include "base/file.hpp"
#include "repo/repository.hpp"

namespace cairn::repo {

Result<base::FileLock> lock_edits(const Repository& repository);

// As base::write_file_atomic, under a temporary name that is always the same, which the lock
// allows: what a crash leaves goes with the next try, and nothing has to be looked for.
Status replace_file(const std::string& path, std::string_view text);

}  // namespace cairn::repo
