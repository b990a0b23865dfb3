#include "remotes/dir/fd_cache.hpp"

#include <algorithm>

#include <sys/stat.h>

#include "base/file.hpp"

namespace cairn::remotes {
namespace {

bool still_linked(const base::Fd& fd) {
  struct ::stat info {};
  return ::fstat(fd.get(), &info) == 0 && info.st_nlink != 0;
}

}  // namespace

Result<std::shared_ptr<const base::Fd>> FdCache::open(const std::string& path) {
  if (auto found = find(path)) return found;
  CAIRN_TRY(auto opened, base::open_read(path));
  auto fd = std::make_shared<const base::Fd>(std::move(opened));
  keep(path, fd);
  return fd;
}

std::shared_ptr<const base::Fd> FdCache::find(const std::string& path) {
  const std::lock_guard lock(mutex_);
  for (auto entry = entries_.begin(); entry != entries_.end(); ++entry) {
    if (entry->path != path) continue;
    if (!still_linked(*entry->fd)) {
      entries_.erase(entry);
      return nullptr;
    }
    entry->used = ++clock_;
    return entry->fd;
  }
  return nullptr;
}

void FdCache::keep(const std::string& path, std::shared_ptr<const base::Fd> fd) {
  const std::lock_guard lock(mutex_);
  if (entries_.size() >= kMaxOpen) {
    const auto by_age = [](const Entry& a, const Entry& b) { return a.used < b.used; };
    entries_.erase(std::min_element(entries_.begin(), entries_.end(), by_age));
  }
  entries_.push_back({path, std::move(fd), ++clock_});
}

}  // namespace cairn::remotes
