// Small files of the work tree that git tracks (pointers, ignore rules, settings): one command
// edits them at a time. workdir/tree_text.hpp reads and writes them.
#pragma once

#include "base/file.hpp"
#include "repo/repository.hpp"

namespace cairn::repo {

Result<base::FileLock> lock_edits(const Repository& repository);

}  // namespace cairn::repo
