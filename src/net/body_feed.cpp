#include "net/body_feed.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace cairn::net {

bool BodyFeed::wants_fill() const {
  constexpr std::size_t kBlocks = 2;
  return !failure_ && next_read_ < size_bytes_ && blocks_.size() < kBlocks;
}

bool BodyFeed::fill(std::unique_lock<std::mutex>& lock) {
  if (!wants_fill()) return false;
  const unsigned pass = pass_;
  const std::uint64_t offset = next_read_;
  std::vector<std::uint8_t> block(
      static_cast<std::size_t>(std::min<std::uint64_t>(kBlockBytes, size_bytes_ - offset)));
  lock.unlock();
  Status status = source_->read(offset, block);
  lock.lock();
  if (pass != pass_) return true;
  if (!status.ok()) {
    failure_.emplace(std::move(status).error());
    return true;
  }
  next_read_ += block.size();
  blocks_.push_back(std::move(block));
  return true;
}

std::optional<std::size_t> BodyFeed::take(std::span<char> out) {
  if (taken_ == size_bytes_) return 0;
  if (blocks_.empty()) return std::nullopt;
  const auto& block = blocks_.front();
  const std::size_t count = std::min(out.size(), block.size() - at_);
  std::memcpy(out.data(), block.data() + at_, count);
  at_ += count;
  taken_ += count;
  source_->sent(count);
  if (at_ == block.size()) {
    blocks_.pop_front();
    at_ = 0;
  }
  return count;
}

bool BodyFeed::rewind(std::uint64_t offset) {
  if (offset > size_bytes_) return false;
  ++pass_;
  blocks_.clear();
  at_ = 0;
  next_read_ = taken_ = offset;
  return true;
}

}  // namespace cairn::net
