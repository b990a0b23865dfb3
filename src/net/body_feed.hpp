// Carries a request's body from the thread that called send(), which may wait for a disk or a
// decoder, to the loop, which may wait for nothing. At most two blocks are in memory; a second pass
// starts when the loop asks for it (rewind). Costs one copy more than reading on the loop, and
// keeps a slow source from holding up every other transfer.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "cairn/remote.hpp"

namespace cairn::net {

class BodyFeed {
 public:
  static constexpr std::size_t kBlockBytes = std::size_t{256} << 10;

  explicit BodyFeed(ObjectSource* source)
      : source_(source), size_bytes_(source ? source->size_bytes() : 0) {}

  // ---- the thread that called send() ----
  // Reads one block when there is room for it. False when there is nothing to do now.
  bool fill(std::unique_lock<std::mutex>& lock);
  [[nodiscard]] bool wants_fill() const;

  // ---- the loop; both sides hold the mutex of the transfer ----
  // Copies what is there; nothing when the next block has not been read yet.
  std::optional<std::size_t> take(std::span<char> out);
  bool rewind(std::uint64_t offset);

  [[nodiscard]] std::uint64_t size_bytes() const { return size_bytes_; }
  [[nodiscard]] std::optional<Error>& failure() { return failure_; }

 private:
  ObjectSource* source_;
  std::uint64_t size_bytes_;
  std::uint64_t next_read_ = 0;
  std::deque<std::vector<std::uint8_t>> blocks_;
  std::size_t at_ = 0;  // bytes of the first block already taken
  std::uint64_t taken_ = 0;
  unsigned pass_ = 0;  // a block read for an earlier pass is thrown away
  std::optional<Error> failure_;
};

}  // namespace cairn::net
