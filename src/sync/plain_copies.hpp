// Plain copies of the chunks that differences and patches are based on, wherever the index objects
// say that one is. A copy that has bases itself is none (cairn-store(5), Codecs).
#pragma once

#include <span>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "format/record_rules.hpp"
#include "sync/index_lookup.hpp"
#include "sync/record_reader.hpp"

namespace cairn::sync {

class PlainCopies {
 public:
  // Looks them all up in one pass over the index objects; a few copies of each are kept.
  static Result<PlainCopies> find(const RemoteView& view, const std::unordered_set<ChunkId>& bases);

  [[nodiscard]] std::span<const IndexCopy> of(const ChunkId& base) const;
  // Every copy of each, for WantedRecord::bases.
  [[nodiscard]] std::vector<PlacedChunk> places_of(std::span<const ChunkId> bases) const;

 private:
  std::unordered_map<ChunkId, std::vector<IndexCopy>> copies_;
};

}  // namespace cairn::sync
