#include "crypto/sha256.hpp"

#include <algorithm>
#include <array>
#include <atomic>

#include "crypto/processor.hpp"
#include "crypto/sha256_constants.hpp"
#include "crypto/sha256_detail.hpp"
#include "crypto/sha256_evp.hpp"

namespace cairn::crypto {
namespace {

using base::ByteView;
using detail::kBlockBytes;
using detail::kInitialState;

std::atomic<detail::Kernel> chosen_kernel{detail::Kernel::kBest};

struct BlockRun {
  const std::uint8_t* at = nullptr;
  std::size_t blocks = 0;
};

// What one stream has to compress now: two runs in order, either of which may be empty.
struct PendingBlocks {
  std::uint32_t* state;
  BlockRun first;
  BlockRun second;

  [[nodiscard]] BlockRun& front() { return first.blocks > 0 ? first : second; }
};

void advance(BlockRun& run, std::size_t blocks) {
  run.at += blocks * kBlockBytes;
  run.blocks -= blocks;
}

void compress_rest(const PendingBlocks& stream) {
  for (const BlockRun& run : {stream.first, stream.second}) {
    if (run.blocks > 0) detail::compress_one(stream.state, run.at, run.blocks);
  }
}

void compress_together(PendingBlocks a, PendingBlocks b) {
  while (const std::size_t blocks = std::min(a.front().blocks, b.front().blocks)) {
    detail::compress_two(a.state, a.front().at, b.state, b.front().at, blocks);
    advance(a.front(), blocks);
    advance(b.front(), blocks);
  }
  compress_rest(a);
  compress_rest(b);
}

// The end of a message: its last incomplete block, a one bit, zeros, the length in bits (§5.1.1).
struct PaddedTail {
  std::uint8_t bytes[2 * kBlockBytes];
  std::size_t blocks;

  PaddedTail(ByteView rest, std::uint64_t length_bytes)
      : blocks(rest.size() + 9 > kBlockBytes ? 2 : 1) {
    const std::size_t size = blocks * kBlockBytes;
    std::copy(rest.begin(), rest.end(), bytes);
    bytes[rest.size()] = 0x80;
    std::fill(bytes + rest.size() + 1, bytes + size - 8, std::uint8_t{0});
    const std::uint64_t length_bits = __builtin_bswap64(length_bytes * 8);
    std::memcpy(bytes + size - 8, &length_bits, 8);
  }
};

Digest digest_of(const std::uint32_t* state) {
  Digest digest;
  for (std::size_t i = 0; i < 8; ++i) {
    const std::uint32_t word = __builtin_bswap32(state[i]);
    std::memcpy(digest.bytes.data() + 4 * i, &word, 4);
  }
  return digest;
}

// A complete message with its own state.
class WholeMessage {
 public:
  explicit WholeMessage(ByteView bytes)
      : bytes_(bytes),
        tail_(bytes.subspan(bytes.size() / kBlockBytes * kBlockBytes), bytes.size()) {}
  WholeMessage(const WholeMessage&) = delete;
  WholeMessage& operator=(const WholeMessage&) = delete;

  [[nodiscard]] PendingBlocks pending() {
    const std::size_t whole_blocks = bytes_.size() / kBlockBytes;
    return {state_.data(), {bytes_.data(), whole_blocks}, {tail_.bytes, tail_.blocks}};
  }
  [[nodiscard]] Digest digest() const { return digest_of(state_.data()); }

 private:
  ByteView bytes_;
  PaddedTail tail_;
  std::array<std::uint32_t, 8> state_ = std::to_array(kInitialState);
};

// New bytes of an incremental stream: the whole blocks to compress now, and the rest, which the
// caller copies to the start of `block` only afterwards, because the first run may lie there.
struct QueuedBytes {
  PendingBlocks pending;
  ByteView rest;
};

QueuedBytes queue_bytes(std::uint32_t* state, std::uint8_t* block, std::uint64_t& length_bytes,
                        ByteView bytes) {
  const std::size_t filled = length_bytes % kBlockBytes;
  length_bytes += bytes.size();
  QueuedBytes queued{{state, {}, {}}, bytes};
  if (filled > 0) {
    const std::size_t taken = std::min(kBlockBytes - filled, bytes.size());
    std::copy_n(bytes.begin(), taken, block + filled);
    if (filled + taken == kBlockBytes) queued.pending.first = {block, 1};
    queued.rest = bytes.subspan(taken);
  }
  queued.pending.second = {queued.rest.data(), queued.rest.size() / kBlockBytes};
  queued.rest = queued.rest.subspan(queued.pending.second.blocks * kBlockBytes);
  return queued;
}

}  // namespace

void detail::choose_kernel(Kernel kernel) {
  chosen_kernel.store(kernel, std::memory_order_relaxed);
}

bool has_sha_extensions() {
  static const bool available = detail::processor_has_sha();
  return available && chosen_kernel.load(std::memory_order_relaxed) == detail::Kernel::kBest;
}

Digest sha256(ByteView bytes) {
  if (!has_sha_extensions()) return detail::evp_sha256(bytes);
  WholeMessage message(bytes);
  compress_rest(message.pending());
  return message.digest();
}

void sha256_pair(ByteView a, ByteView b, Digest& digest_a, Digest& digest_b) {
  if (!has_sha_extensions()) {
    digest_a = detail::evp_sha256(a);
    digest_b = detail::evp_sha256(b);
    return;
  }
  WholeMessage message_a(a);
  WholeMessage message_b(b);
  compress_together(message_a.pending(), message_b.pending());
  digest_a = message_a.digest();
  digest_b = message_b.digest();
}

Sha256::Sha256() {
  if (!has_sha_extensions()) evp_.emplace();
  restart();
}

void Sha256::restart() {
  std::copy(std::begin(kInitialState), std::end(kInitialState), state_);
  length_bytes_ = 0;
}

void Sha256::update(ByteView bytes) {
  if (evp_) return evp_->update(bytes);
  const QueuedBytes queued = queue_bytes(state_, block_, length_bytes_, bytes);
  compress_rest(queued.pending);
  std::copy(queued.rest.begin(), queued.rest.end(), block_);
}

void Sha256::update_with(ByteView bytes, ByteView other, Digest& other_digest) {
  if (evp_) {
    evp_->update(bytes);
    other_digest = sha256(other);
    return;
  }
  const QueuedBytes queued = queue_bytes(state_, block_, length_bytes_, bytes);
  WholeMessage message(other);
  compress_together(queued.pending, message.pending());
  std::copy(queued.rest.begin(), queued.rest.end(), block_);
  other_digest = message.digest();
}

Digest Sha256::finish() {
  if (evp_) return evp_->finish();
  const PaddedTail tail({block_, length_bytes_ % kBlockBytes}, length_bytes_);
  detail::compress_one(state_, tail.bytes, tail.blocks);
  const Digest digest = digest_of(state_);
  restart();
  return digest;
}

}  // namespace cairn::crypto
