// ChunkTable: the distinct chunks that a push has to find or upload, numbered in the order of first
// use. Blocks and a flat hash table, about 52 bytes a chunk, because a tree may have ten million
// files.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "cairn/digest.hpp"

namespace cairn::sync {

inline constexpr std::uint32_t kNone = 0xffff'ffff;

struct PlannedChunk {
  ChunkId id;
  std::uint32_t length = 0;
  std::uint32_t record = kNone;  // of the plan; kNone while it is not known where the chunk is
  std::uint32_t offset = 0;      // within the record's plain bytes
};

class ChunkTable {
 public:
  // Its number, the same for the same id. At most 2^32 - 2 chunks.
  std::uint32_t add(const ChunkId& id, std::uint32_t length);
  [[nodiscard]] std::uint32_t find(const ChunkId& id) const;  // kNone when it was not added
  [[nodiscard]] std::uint32_t size() const { return count_; }

  PlannedChunk& operator[](std::uint32_t number) {
    return blocks_[number >> kBlockBits][number & kBlockMask];
  }
  const PlannedChunk& operator[](std::uint32_t number) const {
    return blocks_[number >> kBlockBits][number & kBlockMask];
  }

 private:
  static constexpr unsigned kBlockBits = 14;
  static constexpr std::uint32_t kBlockMask = (1U << kBlockBits) - 1;

  [[nodiscard]] std::size_t slot_of(const ChunkId& id) const;  // where it is, or would go
  void grow();

  std::vector<std::unique_ptr<PlannedChunk[]>> blocks_;
  std::vector<std::uint32_t>
      slots_;  // numbers, kNone where empty; a power of two, at most 2/3 full
  std::uint32_t count_ = 0;
};

}  // namespace cairn::sync
