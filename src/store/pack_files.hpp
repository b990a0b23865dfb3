// PackFiles: descriptors of packs that are being read, a bounded number of them kept open.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "base/file.hpp"

namespace cairn::store {

// Thread-safe. A descriptor that was handed out stays open as long as its pointer lives, also when
// it is no longer kept.
class PackFiles {
 public:
  using File = std::shared_ptr<const base::Fd>;
  // The file of a slot; `path` is asked only when it has to be opened.
  Result<File> open(std::uint32_t slot, const std::function<std::string()>& path);
  void close(std::uint32_t slot);

 private:
  static constexpr std::size_t kKept = 64;  // well below the usual limit of 1,024 descriptors
  struct Entry {
    File file;
    std::uint64_t used = 0;  // tick of the last use
  };
  void drop_oldest();

  std::mutex mutex_;
  std::unordered_map<std::uint32_t, Entry> entries_;
  std::uint64_t tick_ = 0;
};

}  // namespace cairn::store
