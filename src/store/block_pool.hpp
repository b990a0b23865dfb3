// BlockPool: large buffers that are used again instead of being returned to the system, whose fresh
// pages cost more than filling them. Bytes of a new block are whatever they were.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

namespace cairn::store {

using BlockPtr = std::shared_ptr<std::uint8_t[]>;

class BlockPool : public std::enable_shared_from_this<BlockPool> {
 public:
  static std::shared_ptr<BlockPool> make(
      std::size_t keep_bytes);  // blocks beyond that are freed when they come back
  // At least `bytes` long. Thread-safe; a block may outlive its user's interest in the pool.
  BlockPtr get(std::size_t bytes);

 private:
  static constexpr std::size_t kClasses = 32;
  explicit BlockPool(std::size_t keep_bytes) : keep_bytes_(keep_bytes) {}
  void give_back(std::unique_ptr<std::uint8_t[]> block, unsigned size_class);

  const std::size_t keep_bytes_;
  std::mutex mutex_;
  std::size_t kept_bytes_ = 0;
  std::array<std::vector<std::unique_ptr<std::uint8_t[]>>, kClasses> free_;  // by power of two
};

}  // namespace cairn::store
