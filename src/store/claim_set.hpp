// ClaimSet: the chunks that somebody in this session is about to store. Sharded, because every
// hashing thread asks.
#pragma once

#include <array>
#include <mutex>
#include <unordered_set>

#include "cairn/digest.hpp"

namespace cairn::store {

class ClaimSet {
 public:
  // True for the first caller.
  bool claim(const ChunkId& id) {
    Shard& shard = shard_of(id);
    const std::lock_guard lock(shard.mutex);
    return shard.ids.insert(id).second;
  }
  // The chunk is in the store now, or was not stored: look-ups answer for it.
  void release(const ChunkId& id) {
    Shard& shard = shard_of(id);
    const std::lock_guard lock(shard.mutex);
    shard.ids.erase(id);
  }

 private:
  static constexpr std::size_t kShards = 64;
  struct alignas(64) Shard {
    std::mutex mutex;
    std::unordered_set<ChunkId> ids;
  };
  // Not by the first bytes: they are the hash within the shard.
  Shard& shard_of(const ChunkId& id) { return shards_[id.bytes[31] % kShards]; }

  std::array<Shard, kShards> shards_;
};

}  // namespace cairn::store
