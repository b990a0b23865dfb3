#include "workdir/tree_open.hpp"

#include <fmt/core.h>

#include <atomic>
#include <cerrno>

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/file.hpp"
#include "base/retry_eintr.hpp"

namespace cairn::workdir::detail {
namespace {

// EAGAIN means that a rename ran beside the resolution.
constexpr int kRaceAttempts = 100;

std::atomic<bool> g_has_openat2 = true;

int call_openat2(int root_fd, const char* path, int flags) {
  open_how how{};
  // RESOLVE_NO_SYMLINKS refuses a link at the end too, and says ELOOP; with O_NOFOLLOW and
  // O_DIRECTORY it would be ENOTDIR.
  how.flags = static_cast<std::uint64_t>((flags & ~O_NOFOLLOW) | O_CLOEXEC);
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS;
  for (int attempt = 1;; ++attempt) {
    const auto fd = base::retry_eintr(
        [&] { return static_cast<int>(::syscall(SYS_openat2, root_fd, path, &how, sizeof how)); });
    if (fd >= 0 || errno != EAGAIN || attempt == kRaceAttempts) return fd;
  }
}

bool is_link(int parent_fd, const char* name) {
  struct ::stat info {};
  return ::fstatat(parent_fd, name, &info, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(info.st_mode);
}

// With O_DIRECTORY Linux says ENOTDIR for a link too; the difference matters to users.
base::Fd open_component(int parent_fd, const std::string& name, int flags) {
  base::Fd fd(base::retry_eintr(
      [&] { return ::openat(parent_fd, name.c_str(), flags | O_NOFOLLOW | O_CLOEXEC); }));
  if (!fd.valid() && errno == ENOTDIR) errno = is_link(parent_fd, name.c_str()) ? ELOOP : ENOTDIR;
  return fd;
}

base::Fd walk_beneath(int root_fd, const std::string& path, int flags) {
  base::Fd parent;
  int at = root_fd;
  std::size_t start = 0;
  for (std::size_t slash = 0; (slash = path.find('/', start)) != std::string::npos;) {
    base::Fd next = open_child_directory(at, path.substr(start, slash - start));
    if (!next.valid()) return next;
    parent = std::move(next);
    at = parent.get();
    start = slash + 1;
  }
  return open_component(at, path.substr(start), flags);
}

}  // namespace

base::Fd open_beneath(int root_fd, const std::string& path, int flags) {
  if (path.empty()) return base::Fd(::openat(root_fd, ".", flags | O_CLOEXEC));
  if (g_has_openat2.load(std::memory_order_relaxed)) {
    const int fd = call_openat2(root_fd, path.c_str(), flags);
    // ENOSYS: an old kernel; EPERM: what sandboxes answer for calls they do not know. The walk then
    // gives the true answer.
    if (fd >= 0 || (errno != ENOSYS && errno != EPERM)) return base::Fd(fd);
    if (errno == ENOSYS) g_has_openat2.store(false, std::memory_order_relaxed);
  }
  return walk_beneath(root_fd, path, flags);
}

base::Fd open_child_directory(int parent_fd, const std::string& name) {
  return open_component(parent_fd, name, O_PATH | O_DIRECTORY);
}

bool is_plain_path(std::string_view path) {
  if (path.find('\0') != std::string_view::npos) return false;
  for (std::size_t start = 0;;) {
    const std::size_t slash = path.find('/', start);
    const std::string_view name = path.substr(start, slash - start);
    if (name.empty() || name == "." || name == "..") return false;
    if (slash == std::string_view::npos) return true;
    start = slash + 1;
  }
}

Error plain_path_error(std::string_view path) {
  return Error(Code::kConflict, fmt::format("`{}` is not a plain path below the directory", path))
      .slug("unsafe-path");
}

Error tree_error(std::string_view doing, std::string_view path, int error_number) {
  if (error_number != ELOOP) return base::errno_error(doing, path, error_number);
  return Error(Code::kConflict,
               fmt::format(
                   "cannot {} `{}`: a symbolic link stands in its path, and is never followed",
                   doing, path))
      .slug("link-in-path");
}

void choose_resolver(Resolver resolver) { g_has_openat2 = resolver == Resolver::kBest; }

}  // namespace cairn::workdir::detail
