// PartialFile: an object being written, under a name that is no object; removed unless it was
// published.
#pragma once

#include <stop_token>
#include <string>
#include <string_view>

#include "base/fd.hpp"
#include "cairn/remote.hpp"

namespace cairn::remotes {

inline constexpr std::string_view kPartialPrefix = ".tmp-";

class PartialFile {
 public:
  static Result<PartialFile> create(const std::string& directory);
  PartialFile(PartialFile&& other) noexcept;
  PartialFile& operator=(PartialFile&&) = delete;
  ~PartialFile();

  [[nodiscard]] const base::Fd& fd() const { return fd_; }
  [[nodiscard]] const std::string& path() const { return path_; }

  // Copies the source, makes it durable and closes the file.
  Status write(ObjectSource& source, const std::stop_token& stop);
  Status publish(const std::string& path);      // replaces; the new name is durable
  Status publish_new(const std::string& path);  // kExists when something has that name

 private:
  PartialFile(std::string path, base::Fd fd) : path_(std::move(path)), fd_(std::move(fd)) {}
  std::string path_;
  base::Fd fd_;
};

}  // namespace cairn::remotes
