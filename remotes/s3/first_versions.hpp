// FirstVersions: the ETag with which each object was first read in part, so that all its ranges
// come from one version. Bounded: when it is full it starts anew, which costs nothing but a check.
// Thread-safe.
#pragma once

#include <map>
#include <mutex>
#include <string>

namespace cairn::remotes::s3 {

class FirstVersions {
 public:
  // Empty when none is known.
  [[nodiscard]] std::string of(const std::string& key) const {
    const std::lock_guard lock(mutex_);
    const auto found = etags_.find(key);
    return found == etags_.end() ? std::string() : found->second;
  }
  // The first one stays. A weak ETag never matches, so it is not kept.
  void note(const std::string& key, const std::string& etag) {
    constexpr std::size_t kMostEtagBytes = 200;
    if (!etag.starts_with('"') || etag.size() > kMostEtagBytes) return;
    const std::lock_guard lock(mutex_);
    if (etags_.size() >= kMost) etags_.clear();
    etags_.emplace(key, etag);
  }
  void forget(const std::string& key) {
    const std::lock_guard lock(mutex_);
    etags_.erase(key);
  }

 private:
  static constexpr std::size_t kMost = 4096;
  mutable std::mutex mutex_;
  std::map<std::string, std::string> etags_;
};

}  // namespace cairn::remotes::s3
