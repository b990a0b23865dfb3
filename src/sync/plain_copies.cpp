#include "sync/plain_copies.hpp"

namespace cairn::sync {
namespace {

constexpr std::size_t kCopiesKept = 4;

}  // namespace

Result<PlainCopies> PlainCopies::find(const RemoteView& view,
                                      const std::unordered_set<ChunkId>& bases) {
  PlainCopies found;
  const std::vector<ChunkId> ids(bases.begin(), bases.end());
  const auto note = [&](std::size_t index, const IndexCopy& copy) -> Status {
    if (!format::stands_alone(copy.record.codec)) return {};
    std::vector<IndexCopy>& copies = found.copies_[ids[index]];
    if (copies.size() < kCopiesKept) copies.push_back(copy);
    return {};
  };
  CAIRN_CHECK(find_in_index(view, ids, note));
  return found;
}

std::span<const IndexCopy> PlainCopies::of(const ChunkId& base) const {
  const auto found = copies_.find(base);
  return found == copies_.end() ? std::span<const IndexCopy>() : found->second;
}

std::vector<PlacedChunk> PlainCopies::places_of(std::span<const ChunkId> bases) const {
  std::vector<PlacedChunk> places;
  for (const ChunkId& base : bases) {
    for (const IndexCopy& copy : of(base)) {
      const format::TableRecord& record = copy.record;
      places.push_back(
          {base, {copy.pack, record.offset, record.record_bytes, copy.offset, copy.length}});
    }
  }
  return places;
}

}  // namespace cairn::sync
