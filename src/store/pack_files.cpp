#include "store/pack_files.hpp"

#include <algorithm>

namespace cairn::store {

Result<PackFiles::File> PackFiles::open(std::uint32_t slot,
                                        const std::function<std::string()>& path) {
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = entries_.find(slot); found != entries_.end()) {
      found->second.used = ++tick_;
      return found->second.file;
    }
  }
  CAIRN_TRY(auto opened,
            base::open_read(path()));  // not under the lock: a cold disk takes its time
  auto file = std::make_shared<const base::Fd>(std::move(opened));
  const std::lock_guard lock(mutex_);
  if (entries_.size() >= kKept) drop_oldest();
  Entry& entry = entries_[slot];
  if (!entry.file) entry.file = std::move(file);
  entry.used = ++tick_;
  return entry.file;
}

void PackFiles::close(std::uint32_t slot) {
  const std::lock_guard lock(mutex_);
  entries_.erase(slot);
}

void PackFiles::drop_oldest() {
  const auto oldest =
      std::min_element(entries_.begin(), entries_.end(),
                       [](const auto& a, const auto& b) { return a.second.used < b.second.used; });
  entries_.erase(oldest);
}

}  // namespace cairn::store
