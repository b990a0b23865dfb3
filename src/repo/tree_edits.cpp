#include "repo/tree_edits.hpp"

#include <utility>

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

Status replace_file(const std::string& path, std::string_view text) {
  const auto parent = base::parent_of(path);
  const auto temporary = base::join(parent, ".cairn-tmp-edit");
  CAIRN_CHECK(base::remove_file(temporary));
  const auto write = [&]() -> Status {
    CAIRN_TRY(auto file, base::create_new(temporary, 0666));
    CAIRN_CHECK(base::pwrite_all(file, base::view_of(text), 0, temporary));
    CAIRN_CHECK(base::sync_file(file, temporary));
    CAIRN_CHECK(base::close_file(std::move(file), temporary));
    return base::rename_replace(temporary, path);
  };
  auto written = write();
  if (written) return base::sync_directory(parent);
  (void)base::remove_file(temporary);
  return std::move(written).error().with("writing `" + path + "`");
}

}  // namespace cairn::repo
