#include "store/pack_touch.hpp"

#include <fcntl.h>

namespace cairn::store {
namespace {

bool touch_file(const std::string& path) {
  return ::utimensat(AT_FDCWD, path.c_str(), nullptr, 0) == 0;
}

}  // namespace

PackTouch::PackTouch(const Catalogue& catalogue)
    : catalogue_(catalogue), marks_(catalogue.pack_count()) {}

bool PackTouch::rely_on(std::uint32_t slot) {
  if (slot >= marks_.size())
    return true;  // published by this process after the session began: its own, or as young
  std::uint8_t mark = marks_[slot].load(std::memory_order_relaxed);
  if (mark == kUnused) {
    mark = touch_file(catalogue_.layout().pack_path(catalogue_.pack(slot).id)) ? kTouched : kFailed;
    marks_[slot].store(mark, std::memory_order_relaxed);
  }
  return mark == kTouched;
}

void PackTouch::made(const PackId& pack) {
  const std::lock_guard lock(mutex_);
  made_.push_back(pack);
}

void PackTouch::touch_all() const {
  for (std::size_t slot = 0; slot < marks_.size(); ++slot) {
    if (marks_[slot].load(std::memory_order_relaxed) != kTouched) continue;
    (void)touch_file(
        catalogue_.layout().pack_path(catalogue_.pack(static_cast<std::uint32_t>(slot)).id));
  }
  for (const PackId& pack : made_) (void)touch_file(catalogue_.layout().pack_path(pack));
}

}  // namespace cairn::store
