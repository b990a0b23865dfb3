#include "sync/extents.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include "format/remote_objects.hpp"

namespace cairn::sync {
namespace {

constexpr std::uint64_t kMaxGapBytes = std::uint64_t{64} << 10;  // cheaper than another request

}  // namespace

void Extents::add(const PackId& pack, std::uint32_t offset, std::uint32_t bytes) {
  extents_.push_back({pack, offset, bytes});
}

void Extents::cut() {
  const auto place = [](const Extent& extent) { return std::tie(extent.pack, extent.offset); };
  std::ranges::sort(extents_, {}, place);
  std::size_t kept = 0;
  for (std::size_t i = 0; i < extents_.size(); ++i) {
    const Extent next = std::move(extents_[i]);
    const std::uint64_t end = next.offset + next.bytes;
    if (kept > 0) {
      Extent& last = extents_[kept - 1];
      const std::uint64_t last_end = last.offset + last.bytes;
      const bool close = last.pack == next.pack && next.offset <= last_end + kMaxGapBytes;
      if (close && (end <= last_end || end - last.offset <= limits_.read_bytes)) {
        last.bytes = std::max(last_end, end) - last.offset;
        continue;
      }
    }
    extents_[kept++] = next;
  }
  extents_.resize(kept);
  std::uint64_t bytes = 0;
  for (Extent& extent : extents_) {
    bytes += extent.bytes;
    extent.expected = true;
  }
  context_.progress.expect_bytes(bytes);
}

// Of several that overlap, as wrong places may, the last one that begins before it.
std::optional<std::size_t> Extents::find(const PackId& pack, std::uint32_t offset,
                                         std::uint32_t bytes) const {
  const auto key = std::pair(pack, std::uint64_t{offset});
  const auto place = [](const Extent& extent) { return std::pair(extent.pack, extent.offset); };
  const auto after = std::ranges::upper_bound(extents_, key, {}, place);
  if (after == extents_.begin()) return std::nullopt;
  const Extent& extent = *(after - 1);
  const bool inside =
      extent.pack == pack && std::uint64_t{offset} + bytes <= extent.offset + extent.bytes;
  return inside ? std::optional(static_cast<std::size_t>(after - 1 - extents_.begin()))
                : std::nullopt;
}

Result<HeldBytes> Extents::read(std::size_t extent, std::uint32_t offset, std::uint32_t bytes) {
  CAIRN_TRY(auto block, load(extent));
  const base::ByteView view(block.get(), static_cast<std::size_t>(extents_[extent].bytes));
  const auto at = static_cast<std::size_t>(offset - extents_[extent].offset);
  return HeldBytes{std::move(block), view.subspan(at, bytes)};
}

Result<HeldBytes> Extents::read_alone(const PackId& pack, std::uint32_t offset,
                                      std::uint32_t bytes) {
  context_.progress.expect_bytes(bytes);
  CAIRN_TRY(auto block, get(pack, offset, bytes));
  const base::ByteView view(block.get(), bytes);
  return HeldBytes{std::move(block), view};
}

Result<store::BlockPtr> Extents::get(const PackId& pack, std::uint64_t offset, std::size_t bytes) {
  auto block = blocks_.get(bytes);
  const std::span<std::uint8_t> out(block.get(), bytes);
  CAIRN_CHECK(remote_.get_range(format::pack_key(pack), offset, out, context_.stop));
  context_.progress.add_bytes(bytes);
  return block;
}

Result<store::BlockPtr> Extents::load(std::size_t index) {
  Extent& extent = extents_[index];
  std::unique_lock lock(mutex_);
  loaded_.wait(lock, [&] { return !extent.loading; });
  extent.used = ++count_;
  if (extent.block) return extent.block;
  if (extent.lost) return *extent.lost;
  extent.loading = true;
  if (!std::exchange(extent.expected, false)) context_.progress.expect_bytes(extent.bytes);
  lock.unlock();
  auto block = get(extent.pack, extent.offset, static_cast<std::size_t>(extent.bytes));
  lock.lock();
  extent.loading = false;
  loaded_.notify_all();
  if (block.ok()) {
    keep(index, *block);
  } else {
    extent.lost = block.error();
  }
  return block;
}

// The one that was used longest ago gives way.
void Extents::keep(std::size_t index, store::BlockPtr block) {
  if (extents_[index].users == 0) return;
  extents_[index].block = std::move(block);
  kept_.push_back(index);
  kept_bytes_ += extents_[index].bytes;
  while (kept_bytes_ > limits_.kept_bytes && kept_.size() > 1) {
    drop(*std::ranges::min_element(kept_, {}, [&](std::size_t i) { return extents_[i].used; }));
  }
}

void Extents::drop(std::size_t index) {
  extents_[index].block.reset();
  kept_bytes_ -= extents_[index].bytes;
  std::erase(kept_, index);
}

void Extents::release(std::size_t index) {
  const std::lock_guard lock(mutex_);
  if (--extents_[index].users == 0 && extents_[index].block) drop(index);
}

}  // namespace cairn::sync
