// TreeTemp: a file, link or hard link under a temporary name in an open directory, removed again
// unless it was published. Works on the directory's descriptor, so nothing that happens to the path
// meanwhile leads it elsewhere.
#pragma once

#include <string>

#include <fcntl.h>

#include "base/fd.hpp"
#include "workdir/scan.hpp"
#include "workdir/temp_name.hpp"

namespace cairn::workdir::detail {

class TreeTemp {
 public:
  // `directory_fd` outlives the object; `path` is what messages call the result.
  static Result<TreeTemp> create_file(int directory_fd, TempNames& names, mode_t mode,
                                      std::string path);
  static Result<TreeTemp> create_link(int directory_fd, TempNames& names, const std::string& target,
                                      std::string path);
  // A link that stands for the file it leads to: publish() gives that file's key.
  static Result<TreeTemp> create_shared_link(int directory_fd, TempNames& names,
                                             const std::string& target, std::string path);
  // Another name for the file `source` (a path, not followed if it is a link).
  static Result<TreeTemp> create_hard_link(int directory_fd, TempNames& names,
                                           const std::string& source, std::string path);
  // Takes over a file that was written under this name and closed.
  static TreeTemp adopt(int directory_fd, std::string name, std::string path) {
    return {directory_fd, std::move(name), std::move(path)};
  }
  TreeTemp(TreeTemp&& other) noexcept;
  TreeTemp& operator=(TreeTemp&&) = delete;
  ~TreeTemp();

  [[nodiscard]] const base::Fd& fd() const { return fd_; }  // of a file, until it is published
  // Renames to `name` in the same directory, over a file or link or an empty folder; kConflict when
  // a folder with something in it stands there. The result is what the name has now, or a zero key
  // when somebody has already changed it again.
  Result<StatKey> publish(const std::string& name) { return publish_in(directory_fd_, name); }
  // The same in another directory of the same file system.
  Result<StatKey> publish_in(int folder_fd, const std::string& name);

 private:
  TreeTemp(int directory_fd, std::string name, std::string path);
  Status rename_to(int folder_fd, const std::string& name);

  int directory_fd_;
  std::string name_;  // empty: published
  std::string path_;
  bool is_hard_link_ = false;
  int stat_flags_ = AT_SYMLINK_NOFOLLOW;
  base::Fd fd_;
};

}  // namespace cairn::workdir::detail
