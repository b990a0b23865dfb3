// Names: listing, creating, removing and renaming, and the text of paths.
#include <algorithm>
#include <cstdio>
#include <memory>

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/file.hpp"
#include "base/retry_eintr.hpp"

namespace cairn::base {
namespace {

struct CloseDirectory {
  void operator()(DIR* directory) const { ::closedir(directory); }
};
using DirectoryStream = std::unique_ptr<DIR, CloseDirectory>;

// The type of an entry for which readdir gave none (some file systems never do); nothing when it is
// gone by now.
std::optional<unsigned char> type_by_stat(int directory_fd, const char* name) {
  struct ::stat info {};
  if (::fstatat(directory_fd, name, &info, AT_SYMLINK_NOFOLLOW) != 0) return std::nullopt;
  return static_cast<unsigned char>(IFTODT(info.st_mode));
}

// Entries in directory order.
Result<std::vector<DirEntry>> read_entries(DIR* directory, const std::string& path) {
  std::vector<DirEntry> entries;
  for (;;) {
    errno = 0;
    const dirent* entry = ::readdir(directory);  // NOLINT: no other thread has this stream
    if (entry == nullptr && errno != 0) return errno_error("list", path, errno);
    if (entry == nullptr) return entries;
    const std::string_view name = entry->d_name;
    if (name == "." || name == "..") continue;
    std::optional<unsigned char> type = entry->d_type;
    if (type == DT_UNKNOWN) type = type_by_stat(::dirfd(directory), entry->d_name);
    if (type) entries.push_back({std::string(name), *type});
  }
}

Result<DirectoryStream> stream_of(Fd fd, const std::string& path) {
  DirectoryStream stream(::fdopendir(fd.get()));
  if (!stream) return errno_error("list", path, errno);
  fd.release();  // the stream owns it now
  return stream;
}

bool is_directory(const std::string& path) {
  const auto info = stat_path(path);
  return info && S_ISDIR(info->st_mode);
}

// Removes one entry below an open directory, so that nobody can lead us elsewhere by swapping in a
// link. One descriptor a level: a tree deeper than the descriptor limit ends with an error.
Status remove_entry(int parent_fd, const std::string& name, const std::string& path) {
  if (::unlinkat(parent_fd, name.c_str(), 0) == 0 || errno == ENOENT) return {};
  const int unlink_error = errno;
  // Linux says EISDIR for a directory, POSIX EPERM.
  if (unlink_error != EISDIR && unlink_error != EPERM)
    return errno_error("remove", path, unlink_error);
  Fd fd(retry_eintr([&] {
    return ::openat(parent_fd, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  }));
  if (!fd.valid()) return errno_error("remove", path, errno == ENOTDIR ? unlink_error : errno);
  {
    CAIRN_TRY(const DirectoryStream stream, stream_of(std::move(fd), path));
    CAIRN_TRY(const auto entries, read_entries(stream.get(), path));
    for (const DirEntry& entry : entries) {
      CAIRN_CHECK(remove_entry(::dirfd(stream.get()), entry.name, join(path, entry.name)));
    }
  }
  if (::unlinkat(parent_fd, name.c_str(), AT_REMOVEDIR) == 0 || errno == ENOENT) return {};
  return errno_error("remove", path, errno);
}

std::string_view without_trailing_slashes(std::string_view path) {
  while (path.size() > 1 && path.back() == '/') path.remove_suffix(1);
  return path;
}

}  // namespace

Status make_directories(const std::string& path, mode_t mode) {
  if (::mkdir(path.c_str(), mode) == 0) return {};
  const int error_number = errno;
  if (is_directory(path)) return {};  // also EEXIST, EROFS, EACCES, EISDIR on what is there already
  const std::string parent = parent_of(path);
  if (error_number != ENOENT || parent.empty() || parent == path) {
    return errno_error("create directory", path, error_number);
  }
  CAIRN_CHECK(make_directories(parent, mode));
  // Another process may have been faster.
  if (::mkdir(path.c_str(), mode) == 0 || is_directory(path)) return {};
  return errno_error("create directory", path, errno);
}

Status remove_file(const std::string& path) {
  if (::unlink(path.c_str()) == 0 || errno == ENOENT || errno == ENOTDIR) return {};
  return errno_error("remove", path, errno);
}

Status remove_tree(const std::string& path) {
  // Without trailing slashes, which would follow a link.
  const std::string plain(without_trailing_slashes(path));
  Status status = remove_entry(AT_FDCWD, plain, plain);
  if (!status.ok() && status.error().code() == Code::kNotFound)
    return {};  // ENOTDIR: a parent is a file
  return status;
}

Status rename_replace(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) == 0) return {};
  return errno_error("rename `" + from + "` to", to, errno);
}

Status rename_new(const std::string& from, const std::string& to) {
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return {};
  // EINVAL: this file system cannot; ENOSYS: this kernel or sandbox cannot.
  if (errno == EINVAL || errno == ENOSYS) return rename_new_by_link(from, to);
  return errno_error("rename `" + from + "` to", to, errno);
}

Status rename_new_by_link(const std::string& from, const std::string& to) {
  if (::link(from.c_str(), to.c_str()) != 0)
    return errno_error("link `" + from + "` to", to, errno);
  // The new name stands, which is what was asked for; a second name that cannot be removed is
  // litter, not a failure.
  (void)::unlink(from.c_str());
  return {};
}

std::optional<struct ::stat> stat_path(const std::string& path) {
  struct ::stat info {};
  if (::stat(path.c_str(), &info) != 0) return std::nullopt;
  return info;
}

std::optional<struct ::stat> lstat_path(const std::string& path) {
  struct ::stat info {};
  if (::lstat(path.c_str(), &info) != 0) return std::nullopt;
  return info;
}

Result<std::vector<DirEntry>> list_directory(const std::string& path) {
  CAIRN_TRY(Fd fd, open_directory(path));
  CAIRN_TRY(const DirectoryStream stream, stream_of(std::move(fd), path));
  CAIRN_TRY(auto entries, read_entries(stream.get(), path));
  // std::string compares like memcmp: char_traits<char> compares unsigned bytes.
  std::sort(entries.begin(), entries.end(),
            [](const DirEntry& a, const DirEntry& b) { return a.name < b.name; });
  return entries;
}

std::string join(std::string_view directory, std::string_view name) {
  while (name.starts_with('/')) name.remove_prefix(1);
  std::string out(without_trailing_slashes(directory));
  if (!out.empty() && out.back() != '/') out += '/';
  return out.append(name);
}

std::string path_from(std::string_view directory, std::string_view path) {
  return path.starts_with('/') ? std::string(path) : join(directory, path);
}

std::string parent_of(std::string_view path) {
  path = without_trailing_slashes(path);
  const std::size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) return "";
  return std::string(without_trailing_slashes(path.substr(0, slash + 1)));
}

std::string_view name_of(std::string_view path) {
  path = without_trailing_slashes(path);
  return path.substr(path.rfind('/') + 1);  // npos + 1 is 0
}

}  // namespace cairn::base
