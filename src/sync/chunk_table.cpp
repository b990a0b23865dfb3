#include "sync/chunk_table.hpp"

#include <functional>

namespace cairn::sync {

std::size_t ChunkTable::slot_of(const ChunkId& id) const {
  const std::size_t mask = slots_.size() - 1;
  std::size_t slot = std::hash<ChunkId>()(id) & mask;
  while (slots_[slot] != kNone && (*this)[slots_[slot]].id != id) slot = (slot + 1) & mask;
  return slot;
}

void ChunkTable::grow() {
  slots_.assign(slots_.empty() ? std::size_t{1} << 10 : slots_.size() * 2, kNone);
  for (std::uint32_t i = 0; i < count_; ++i) slots_[slot_of((*this)[i].id)] = i;
}

std::uint32_t ChunkTable::find(const ChunkId& id) const {
  return slots_.empty() ? kNone : slots_[slot_of(id)];
}

std::uint32_t ChunkTable::add(const ChunkId& id, std::uint32_t length) {
  if (std::size_t{count_} * 3 >= slots_.size() * 2) grow();
  const std::size_t slot = slot_of(id);
  if (slots_[slot] != kNone) return slots_[slot];
  if ((count_ & kBlockMask) == 0) {
    blocks_.push_back(std::make_unique<PlannedChunk[]>(std::size_t{1} << kBlockBits));
  }
  slots_[slot] = count_;
  PlannedChunk& chunk = (*this)[count_];
  chunk.id = id;
  chunk.length = length;
  return count_++;
}

}  // namespace cairn::sync
