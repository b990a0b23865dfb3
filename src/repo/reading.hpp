// ls, cat: reading versions from pages and chunks; nothing is locked or written.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "repo/file_reading.hpp"

namespace cairn::repo {

struct ListedFile {
  std::string path;
  char type = 'f';  // f, x, l, d
  std::uint64_t size = 0;
  std::string id, target;
};
struct ListOptions {
  std::string revision;
  std::vector<std::string> paths;
};
Status list_files(const Context& context, Repository& repository, const ListOptions& options,
                  const std::function<Status(const ListedFile&)>& visit);

struct CatOptions {
  FileName file;
  std::uint64_t offset = 0;
  std::optional<std::uint64_t> length;
};
Status cat(const Context& context, Repository& repository, const CatOptions& options,
           const std::function<Status(base::ByteView)>& sink);

}  // namespace cairn::repo
