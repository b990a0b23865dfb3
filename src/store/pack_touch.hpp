// PackTouch: sets the modification time of every pack that a session relies on for chunks it does
// not store again. A plan for collecting garbage (check.hpp) that was made before no longer holds
// for such a pack.
#pragma once

#include <atomic>
#include <mutex>
#include <set>
#include <vector>

#include "store/catalogue.hpp"

namespace cairn::store {

// Thread-safe.
class PackTouch {
 public:
  explicit PackTouch(const Catalogue& catalogue);

  // Touches the pack at the first call for it. False when that fails (gone, or not ours): then its
  // chunks must not be relied on.
  bool rely_on(std::uint32_t slot);
  // Packs that this session made itself.
  void made(const PackId& pack);
  // At the end of a session, when no other call can come: touches all again, so that a plan made
  // while it ran does not hold either.
  void touch_all() const;

 private:
  [[nodiscard]] bool touch_slot(std::uint32_t slot) const;

  enum Mark : std::uint8_t { kUnused, kTouched, kFailed };
  const Catalogue& catalogue_;
  std::vector<std::atomic<std::uint8_t>> marks_;
  std::mutex mutex_;
  std::set<std::uint32_t> later_;  // slots that the catalogue got since; the packs are young
  std::vector<PackId> made_;
};

}  // namespace cairn::store
