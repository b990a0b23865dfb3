#include "workdir/folder_cursor.hpp"

#include <cerrno>

#include <fcntl.h>
#include <unistd.h>

#include "workdir/tree_open.hpp"

namespace cairn::workdir::detail {

Result<int> FolderCursor::folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return root_.fd().get();
  const std::string_view folder = std::string_view(path).substr(0, slash);
  if (folder_fd_.valid() && folder == folder_) return folder_fd_.get();
  folder_fd_.reset();
  folder_ = folder;
  auto opened = root_.open_directory(folder_);
  if (!opened.ok() && opened.error().code() == Code::kNotFound) {
    CAIRN_CHECK(root_.make_directories(folder_));
    opened = root_.open_directory(folder_);
  }
  if (!opened.ok()) return std::move(opened).error();
  folder_fd_ = *std::move(opened);
  return folder_fd_.get();
}

std::string name_in_folder(const std::string& path) { return path.substr(path.rfind('/') + 1); }

Status check_item_path(const WriteItem& item) {
  if (is_plain_path(item.path)) return {};
  return plain_path_error(item.path);
}

Result<StatKey> place_folder(FolderCursor& cursor, const WriteItem& item) {
  CAIRN_TRY(const int folder_fd, cursor.folder_of(item.path));
  const std::string name = name_in_folder(item.path);
  struct ::stat info {};
  // What was a file or link here before becomes a folder; a link is never followed.
  if (::fstatat(folder_fd, name.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0 &&
      !S_ISDIR(info.st_mode) && ::unlinkat(folder_fd, name.c_str(), 0) != 0) {
    return base::errno_error("write", item.path, errno);
  }
  CAIRN_CHECK(cursor.root().make_directories(item.path));
  if (::fstatat(folder_fd, name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) {
    return base::errno_error("stat", item.path, errno);
  }
  return stat_key(info);
}

Result<StatKey> place_link(FolderCursor& cursor, TempNames& names, const WriteItem& item) {
  CAIRN_TRY(const int folder_fd, cursor.folder_of(item.path));
  CAIRN_TRY(TreeTemp link, TreeTemp::create_link(folder_fd, names, item.entry.target, item.path));
  return link.publish(name_in_folder(item.path));
}

}  // namespace cairn::workdir::detail
