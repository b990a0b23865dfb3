#include "store/pack_touch.hpp"

#include <cerrno>

#include <fcntl.h>

namespace cairn::store {
namespace {

bool touch_file(const std::string& path) {
  return ::utimensat(AT_FDCWD, path.c_str(), nullptr, 0) == 0;
}

// A file of another member of the group: a pin takes its place.
bool pin_pack(const Layout& layout, const PackId& pack) {
  if ((errno != EACCES && errno != EPERM) || !base::lstat_path(layout.pack_path(pack)))
    return false;
  const std::string path = layout.pin_path(pack);
  if (!make_store_folder(layout.at(kPinsFolder)).ok()) return false;
  const auto made = base::create_new(path, 0666);
  if (made.ok()) return settle_file(path, kGroupWritable).ok();
  return made.error().code() == Code::kExists && touch_file(path);
}

}  // namespace

PackTouch::PackTouch(const Catalogue& catalogue)
    : catalogue_(catalogue), marks_(catalogue.pack_count()) {}

bool PackTouch::touch_slot(std::uint32_t slot) const {
  const PackId pack = catalogue_.pack(slot).id;
  return touch_file(catalogue_.layout().pack_path(pack)) || pin_pack(catalogue_.layout(), pack);
}

bool PackTouch::rely_on(std::uint32_t slot) {
  if (slot >= marks_.size()) {
    const std::lock_guard lock(mutex_);
    later_.insert(slot);
    return true;
  }
  std::uint8_t mark = marks_[slot].load(std::memory_order_relaxed);
  if (mark == kUnused) {
    mark = touch_slot(slot) ? kTouched : kFailed;
    marks_[slot].store(mark, std::memory_order_relaxed);
  }
  return mark == kTouched;
}

void PackTouch::made(const PackId& pack) {
  const std::lock_guard lock(mutex_);
  made_.push_back(pack);
}

void PackTouch::touch_all() const {
  for (std::uint32_t slot = 0; slot < marks_.size(); ++slot) {
    if (marks_[slot].load(std::memory_order_relaxed) == kTouched) (void)touch_slot(slot);
  }
  for (const std::uint32_t slot : later_) (void)touch_slot(slot);
  for (const PackId& pack : made_) (void)touch_file(catalogue_.layout().pack_path(pack));
}

}  // namespace cairn::store
