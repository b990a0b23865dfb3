#include "workdir/tree_root.hpp"

#include <fmt/core.h>

#include <array>
#include <cerrno>

#include <fcntl.h>
#include <unistd.h>

#include "base/retry_eintr.hpp"
#include "workdir/tree_open.hpp"

namespace cairn::workdir {
namespace {

// Where a name stands: its directory, opened unless that is the root itself.
struct Place {
  base::Fd owned;
  int directory_fd = -1;
  std::string name;
};

// The descriptor of the parent of `path`; -1 with errno when it cannot be opened.
Place place_of(const base::Fd& root, const std::string& path) {
  Place place;
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) {
    place.directory_fd = root.get();
    place.name = path;
    return place;
  }
  place.name = path.substr(slash + 1);
  const std::string parent = path.substr(0, slash);
  place.owned = detail::open_beneath(root.get(), parent,
                                     O_PATH | O_DIRECTORY | O_NOFOLLOW);  // last: it sets errno
  place.directory_fd = place.owned.get();
  return place;
}

bool is_absence(int error_number) { return error_number == ENOENT || error_number == ENOTDIR; }

Error in_the_way(const std::string& path) {
  return Error(Code::kConflict,
               fmt::format("cannot create folder `{}`: a file is in the way", path))
      .slug("file-in-the-way");
}

Error directory_error(const std::string& path, int error_number) {
  if (error_number == ENOTDIR) return in_the_way(path);
  return detail::tree_error("create directory", path, error_number);
}

// Opens `name` below `parent_fd`, creating it when it is absent.
Result<base::Fd> enter_directory(int parent_fd, const std::string& name, const std::string& path) {
  base::Fd fd = detail::open_child_directory(parent_fd, name);
  if (fd.valid()) return fd;
  if (errno != ENOENT) return directory_error(path, errno);
  // Another thread may be faster.
  if (::mkdirat(parent_fd, name.c_str(), 0777) != 0 && errno != EEXIST)
    return directory_error(path, errno);
  fd = detail::open_child_directory(parent_fd, name);
  if (!fd.valid()) return directory_error(path, errno);
  return fd;
}

}  // namespace

Result<TreeRoot> TreeRoot::open(const std::string& directory) {
  TreeRoot root;
  root.directory_ = directory;
  CAIRN_TRY(root.fd_, base::open_directory(directory));
  return root;
}

Result<base::Fd> TreeRoot::open_read(const std::string& path) const {
  if (!detail::is_plain_path(path)) return detail::plain_path_error(path);
  // O_NONBLOCK: opening a fifo must not wait for its writer.
  base::Fd fd =
      detail::open_beneath(fd_.get(), path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
  const int error_number = errno;
  if (!fd.valid() && error_number != ENXIO) return detail::tree_error("open", path, error_number);
  struct ::stat info {};
  if (fd.valid() && ::fstat(fd.get(), &info) != 0) return base::errno_error("stat", path, errno);
  if (fd.valid() && S_ISREG(info.st_mode)) return fd;
  return Error(Code::kConflict, fmt::format("cannot read `{}`: it is not a regular file", path))
      .slug("not-a-file");
}

Result<base::Fd> TreeRoot::open_directory(const std::string& path) const {
  if (!path.empty() && !detail::is_plain_path(path)) return detail::plain_path_error(path);
  base::Fd fd = detail::open_beneath(fd_.get(), path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  if (!fd.valid())
    return detail::tree_error("open directory", path.empty() ? directory_ : path, errno);
  return fd;
}

Result<std::optional<struct ::stat>> TreeRoot::lstat(const std::string& path) const {
  if (!detail::is_plain_path(path)) return detail::plain_path_error(path);
  const Place place = place_of(fd_, path);
  struct ::stat info {};
  if (place.directory_fd >= 0 &&
      ::fstatat(place.directory_fd, place.name.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0) {
    return std::optional<struct ::stat>(info);
  }
  if (is_absence(errno)) return std::optional<struct ::stat>();
  return detail::tree_error("stat", path, errno);
}

Result<std::string> TreeRoot::read_link(const std::string& path) const {
  if (!detail::is_plain_path(path)) return detail::plain_path_error(path);
  const Place place = place_of(fd_, path);
  if (place.directory_fd < 0) return detail::tree_error("read link", path, errno);
  std::array<char, 4096>
      target;  // NOLINT: filled before use; PATH_MAX bounds every target on Linux
  const auto length =
      ::readlinkat(place.directory_fd, place.name.c_str(), target.data(), target.size());
  if (length < 0 && errno == EINVAL) {
    return Error(Code::kConflict, fmt::format("`{}` is not a symbolic link any more", path))
        .slug("file-changed");
  }
  if (length < 0) return detail::tree_error("read link", path, errno);
  return std::string(target.data(), static_cast<std::size_t>(length));
}

Status TreeRoot::make_directories(const std::string& path) const {
  if (path.empty()) return {};
  if (!detail::is_plain_path(path)) return detail::plain_path_error(path);
  if (detail::open_beneath(fd_.get(), path, O_PATH | O_DIRECTORY | O_NOFOLLOW).valid()) return {};
  base::Fd parent;
  for (std::size_t start = 0; start <= path.size();) {
    const std::size_t end = std::min(path.find('/', start), path.size());
    const int parent_fd = parent.valid() ? parent.get() : fd_.get();
    CAIRN_TRY(parent,
              enter_directory(parent_fd, path.substr(start, end - start), path.substr(0, end)));
    start = end + 1;
  }
  return {};
}

Status TreeRoot::remove_file(const std::string& path) const {
  if (!detail::is_plain_path(path)) return detail::plain_path_error(path);
  const Place place = place_of(fd_, path);
  if (place.directory_fd >= 0 && ::unlinkat(place.directory_fd, place.name.c_str(), 0) == 0)
    return {};
  if (is_absence(errno)) return {};
  if (errno == EISDIR) {
    return Error(Code::kConflict,
                 fmt::format("cannot remove `{}`: it is a folder, not a file", path))
        .slug("folder-in-the-way");
  }
  return detail::tree_error("remove", path, errno);
}

Status TreeRoot::remove_empty_directories(const std::string& path) const {
  if (path.empty()) return {};
  if (!detail::is_plain_path(path)) return detail::plain_path_error(path);
  for (std::string folder = path; !folder.empty(); folder = base::parent_of(folder)) {
    const Place place = place_of(fd_, folder);
    if (place.directory_fd >= 0 &&
        ::unlinkat(place.directory_fd, place.name.c_str(), AT_REMOVEDIR) == 0)
      continue;
    if (errno == ENOENT) continue;
    // Not empty, in use, or no folder: it stays, and so do its parents.
    if (errno == ENOTEMPTY || errno == EEXIST || errno == EBUSY || errno == ENOTDIR) return {};
    return detail::tree_error("remove folder", folder, errno);
  }
  return {};
}

Status TreeRoot::rename(const std::string& from, const std::string& to) const {
  if (!detail::is_plain_path(from)) return detail::plain_path_error(from);
  if (!detail::is_plain_path(to)) return detail::plain_path_error(to);
  const Place source = place_of(fd_, from);
  if (source.directory_fd < 0) return detail::tree_error("rename", from, errno);
  const Place target = place_of(fd_, to);
  if (target.directory_fd < 0)
    return detail::tree_error(fmt::format("rename `{}` to", from), to, errno);
  if (::renameat(source.directory_fd, source.name.c_str(), target.directory_fd,
                 target.name.c_str()) == 0)
    return {};
  return detail::tree_error(fmt::format("rename `{}` to", from), to, errno);
}

}  // namespace cairn::workdir
