// Modification times of packs: what a sweep plan remembers, and what tells that a session has
// relied on a pack since.
#pragma once

#include <optional>

#include "base/file.hpp"
#include "store/catalogue.hpp"

namespace cairn::store {

// Nothing when the pack is gone.
inline std::optional<std::int64_t> pack_modified_ns(const Catalogue& catalogue,
                                                    const PackId& pack) {
  const auto info = base::lstat_path(catalogue.layout().pack_path(pack));
  if (!info) return std::nullopt;
  return std::int64_t{info->st_mtim.tv_sec} * 1'000'000'000 + info->st_mtim.tv_nsec;
}

}  // namespace cairn::store
