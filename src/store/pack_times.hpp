// Modification times of packs: what a sweep plan remembers, and what tells that a session has
// relied on a pack since.
#pragma once

#include <algorithm>
#include <optional>

#include "base/file.hpp"
#include "store/catalogue.hpp"

namespace cairn::store {

// Nothing when the pack is gone. A pack that belongs to another member of a group cannot be
// touched: the file pins/<pack id> stands for its time then.
inline std::optional<std::int64_t> pack_modified_ns(const Catalogue& catalogue,
                                                    const PackId& pack) {
  const auto info = base::lstat_path(catalogue.layout().pack_path(pack));
  if (!info) return std::nullopt;
  const auto time_of = [](const struct ::stat& file) {
    return std::int64_t{file.st_mtim.tv_sec} * 1'000'000'000 + file.st_mtim.tv_nsec;
  };
  const auto pin = base::lstat_path(catalogue.layout().pin_path(pack));
  return pin ? std::max(time_of(*info), time_of(*pin)) : time_of(*info);
}

}  // namespace cairn::store
