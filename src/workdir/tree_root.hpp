// TreeRoot: file operations beneath one directory that never leave it and never follow a symbolic
// link, also when a component is swapped while the call runs (openat2 RESOLVE_BENEATH|NO_SYMLINKS,
// else a component-wise O_NOFOLLOW walk). Paths are relative, '/'-separated. Thread-safe.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <sys/stat.h>

#include "base/fd.hpp"
#include "base/file.hpp"
#include "cairn/result.hpp"

namespace cairn::workdir {

class TreeRoot {
 public:
  static Result<TreeRoot> open(const std::string& directory);
  [[nodiscard]] const std::string& directory() const { return directory_; }
  [[nodiscard]] const base::Fd& fd() const { return fd_; }

  Result<base::Fd> open_read(
      const std::string& path) const;  // regular files only; kConflict through a link
  Result<base::Fd> open_directory(const std::string& path) const;  // "" is the root itself
  Result<std::optional<struct ::stat>> lstat(const std::string& path) const;
  Result<std::string> read_link(const std::string& path) const;
  Status make_directories(
      const std::string& path) const;  // never through links; kConflict when a file is there
  Status remove_file(const std::string& path) const;  // files and links; absent is fine
  Status remove_empty_directories(
      const std::string& path) const;  // path and its parents while empty, below the root
  Status rename(const std::string& from, const std::string& to) const;

 private:
  std::string directory_;
  base::Fd fd_;
};

}  // namespace cairn::workdir
