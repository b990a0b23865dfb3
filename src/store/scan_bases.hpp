// ScanBases: plain bytes of bases while packs are indexed again: from packs that the catalogue
// lists, and from those read in the same round, which it does not list yet.
#pragma once

#include <deque>
#include <optional>
#include <span>

#include "codec/codec.hpp"
#include "store/catalogue.hpp"
#include "store/grouped_table.hpp"

namespace cairn::store {

// For one thread.
class ScanBases {
 public:
  // Both outlive it.
  ScanBases(const Catalogue& catalogue, std::span<const PackRecords> found)
      : catalogue_(catalogue), found_(found) {}

  // Only from copies without a base, and only bytes that have this id. kMissing when there is none.
  Result<base::Bytes> read(const ChunkId& id);

 private:
  std::optional<base::Bytes> try_listed(const ChunkId& id);
  std::optional<base::Bytes> try_found(const ChunkId& id);
  std::optional<base::Bytes> try_copy(const base::Fd& file, const ChunkId& id,
                                      const ChunkPlace& place);

  const Catalogue& catalogue_;
  std::span<const PackRecords> found_;
  codec::Decoder decoder_;
  std::deque<std::pair<ChunkId, base::Bytes>> recent_;
};

}  // namespace cairn::store
