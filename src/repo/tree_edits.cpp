#include "repo/tree_edits.hpp"

namespace cairn::repo {
namespace {

constexpr int kLockTimeoutMs = 120'000;

}  // namespace

Result<base::FileLock> lock_edits(const Repository& repository) {
  CAIRN_CHECK(base::make_directories(repository.state_directory()));
  return base::FileLock::acquire(base::join(repository.state_directory(), "edit.lock"),
                                 base::FileLock::Mode::kExclusive, kLockTimeoutMs,
                                 repository.stop());
}

}  // namespace cairn::repo
