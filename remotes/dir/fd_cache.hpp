// FdCache: descriptors of files that are read in many ranges (packs). Thread-safe. A descriptor of
// a file that was replaced or removed meanwhile is never given out.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/fd.hpp"
#include "cairn/result.hpp"

namespace cairn::remotes {

class FdCache {
 public:
  Result<std::shared_ptr<const base::Fd>> open(const std::string& path);

 private:
  static constexpr std::size_t kMaxOpen = 32;
  struct Entry {
    std::string path;
    std::shared_ptr<const base::Fd> fd;
    std::uint64_t used = 0;
  };
  std::shared_ptr<const base::Fd> find(const std::string& path);
  void keep(const std::string& path, std::shared_ptr<const base::Fd> fd);

  std::mutex mutex_;
  std::vector<Entry> entries_;
  std::uint64_t clock_ = 0;
};

}  // namespace cairn::remotes
