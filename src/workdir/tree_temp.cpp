#include "workdir/tree_temp.hpp"

#include <fmt/core.h>

#include <cerrno>
#include <cstdio>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "base/file.hpp"
#include "base/retry_eintr.hpp"

namespace cairn::workdir::detail {
namespace {

// Names count up from a random number; only the leftovers of a crash can stand in the way.
constexpr int kTempAttempts = 8;

// Calls make(name) -> int until it does not fail with EEXIST; the name that it made.
template <typename Make>
Result<std::string> make_temporary(TempNames& names, const std::string& path, Make make) {
  for (int attempt = 1;; ++attempt) {
    std::string name = names.next();
    if (base::retry_eintr([&] { return make(name.c_str()); }) != -1) return name;
    if (errno != EEXIST || attempt == kTempAttempts) return base::errno_error("write", path, errno);
  }
}

bool is_same_file(const struct ::stat& a, const struct ::stat& b) {
  return a.st_ino == b.st_ino && a.st_dev == b.st_dev && a.st_size == b.st_size &&
         a.st_mtim.tv_sec == b.st_mtim.tv_sec && a.st_mtim.tv_nsec == b.st_mtim.tv_nsec;
}

}  // namespace

TreeTemp::TreeTemp(int directory_fd, std::string name, std::string path)
    : directory_fd_(directory_fd), name_(std::move(name)), path_(std::move(path)) {}

TreeTemp::TreeTemp(TreeTemp&& other) noexcept
    : directory_fd_(other.directory_fd_),
      name_(std::exchange(other.name_, std::string())),
      path_(std::move(other.path_)),
      is_hard_link_(other.is_hard_link_),
      stat_flags_(other.stat_flags_),
      fd_(std::move(other.fd_)) {}

TreeTemp::~TreeTemp() {
  if (!name_.empty()) ::unlinkat(directory_fd_, name_.c_str(), 0);
}

Result<TreeTemp> TreeTemp::create_file(int directory_fd, TempNames& names, mode_t mode,
                                       std::string path) {
  base::Fd fd;
  CAIRN_TRY(std::string name, make_temporary(names, path, [&](const char* candidate) {
              fd = base::Fd(::openat(directory_fd, candidate,
                                     O_CREAT | O_EXCL | O_RDWR | O_NOFOLLOW | O_CLOEXEC, mode));
              return fd.get();
            }));
  TreeTemp temp(directory_fd, std::move(name), std::move(path));
  temp.fd_ = std::move(fd);
  return temp;
}

Result<TreeTemp> TreeTemp::create_link(int directory_fd, TempNames& names,
                                       const std::string& target, std::string path) {
  CAIRN_TRY(std::string name, make_temporary(names, path, [&](const char* candidate) {
              return ::symlinkat(target.c_str(), directory_fd, candidate);
            }));
  return TreeTemp(directory_fd, std::move(name), std::move(path));
}

Result<TreeTemp> TreeTemp::create_shared_link(int directory_fd, TempNames& names,
                                              const std::string& target, std::string path) {
  CAIRN_TRY(TreeTemp temp, create_link(directory_fd, names, target, std::move(path)));
  temp.stat_flags_ = 0;
  return temp;
}

Result<TreeTemp> TreeTemp::create_hard_link(int directory_fd, TempNames& names,
                                            const std::string& source, std::string path) {
  CAIRN_TRY(std::string name, make_temporary(names, path, [&](const char* candidate) {
              return ::linkat(AT_FDCWD, source.c_str(), directory_fd, candidate, 0);
            }));
  TreeTemp temp(directory_fd, std::move(name), std::move(path));
  temp.is_hard_link_ = true;
  return temp;
}

Result<StatKey> TreeTemp::publish_in(int folder_fd, const std::string& name) {
  struct ::stat before {};
  const int known = fd_.valid() ? ::fstat(fd_.get(), &before)
                                : ::fstatat(directory_fd_, name_.c_str(), &before, stat_flags_);
  if (known != 0) return base::errno_error("stat", path_, errno);
  // Before the rename: where a write was lost, the old file stays.
  if (fd_.valid()) CAIRN_CHECK(base::close_file(std::move(fd_), path_));
  CAIRN_CHECK(rename_to(folder_fd, name));
  // Renaming sets the change time, so the key is taken now; it must not be that of a file which
  // somebody put there since.
  struct ::stat after {};
  const bool is_ours =
      ::fstatat(folder_fd, name.c_str(), &after, stat_flags_) == 0 && is_same_file(before, after);
  return is_ours ? stat_key(after) : StatKey();
}

Status TreeTemp::rename_to(int folder_fd, const std::string& name) {
  int renamed = ::renameat(directory_fd_, name_.c_str(), folder_fd, name.c_str());
  if (renamed != 0 && errno == EISDIR) {
    if (::unlinkat(folder_fd, name.c_str(), AT_REMOVEDIR) != 0) {
      return Error(
                 Code::kConflict,
                 fmt::format("cannot write `{}`: a folder that is not empty is in the way", path_))
          .slug("folder-in-the-way");
    }
    renamed = ::renameat(directory_fd_, name_.c_str(), folder_fd, name.c_str());
  }
  if (renamed != 0) return base::errno_error("write", path_, errno);
  // Between two names of one file rename does nothing: the temporary name is still there.
  if (is_hard_link_) ::unlinkat(directory_fd_, name_.c_str(), 0);
  name_.clear();
  return {};
}

}  // namespace cairn::workdir::detail
