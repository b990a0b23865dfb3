#include "store/block_pool.hpp"

#include <algorithm>
#include <bit>

#include "base/assert.hpp"

namespace cairn::store {
namespace {

constexpr std::size_t kSmallestBlockBytes = std::size_t{4} << 10;

}  // namespace

std::shared_ptr<BlockPool> BlockPool::make(std::size_t keep_bytes) {
  return std::shared_ptr<BlockPool>(
      new BlockPool(keep_bytes));  // NOLINT: the constructor is private
}

BlockPtr BlockPool::get(std::size_t bytes) {
  const auto size_class =
      static_cast<unsigned>(std::bit_width(std::max(bytes, kSmallestBlockBytes) - 1));
  CAIRN_ASSERT(size_class < kClasses);
  std::unique_ptr<std::uint8_t[]> block;
  {
    const std::lock_guard lock(mutex_);
    if (auto& free = free_[size_class]; !free.empty()) {
      block = std::move(free.back());
      free.pop_back();
      kept_bytes_ -= std::size_t{1} << size_class;
    }
  }
  if (!block) block = std::make_unique_for_overwrite<std::uint8_t[]>(std::size_t{1} << size_class);
  return BlockPtr(block.release(), [pool = shared_from_this(), size_class](std::uint8_t* returned) {
    pool->give_back(std::unique_ptr<std::uint8_t[]>(returned), size_class);
  });
}

void BlockPool::give_back(std::unique_ptr<std::uint8_t[]> block, unsigned size_class) {
  const std::size_t bytes = std::size_t{1} << size_class;
  const std::lock_guard lock(mutex_);
  if (kept_bytes_ + bytes > keep_bytes_) return;
  kept_bytes_ += bytes;
  free_[size_class].push_back(std::move(block));
}

}  // namespace cairn::store
