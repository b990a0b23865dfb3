// Extents: what a reading needs of a remote's packs, cut into ranged reads. Each is got once,
// however many records in it are wanted, or are bases of wanted ones, and kept until its last user
// has had it, as far as memory allows.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <vector>

#include "base/bytes.hpp"
#include "cairn/context.hpp"
#include "cairn/digest.hpp"
#include "cairn/remote.hpp"
#include "store/block_pool.hpp"

namespace cairn::sync {

// Bytes of a record, and what keeps them.
struct HeldBytes {
  store::BlockPtr block;
  base::ByteView bytes;
};

class Extents {
 public:
  struct Limits {
    std::size_t read_bytes = 0;  // of one ranged read, unless a single record is larger
    std::size_t kept_bytes = 0;
  };
  Extents(const Context& context, Remote& remote, store::BlockPool& blocks, const Limits& limits)
      : context_(context), remote_(remote), blocks_(blocks), limits_(limits) {}
  Extents(const Extents&) = delete;
  Extents& operator=(const Extents&) = delete;

  // --- planning, on one thread: what will be read, then who uses what ---
  void add(const PackId& pack, std::uint32_t offset, std::uint32_t bytes);
  // From here on progress expects all of it.
  void cut();
  [[nodiscard]] std::optional<std::size_t> find(const PackId& pack, std::uint32_t offset,
                                                std::uint32_t bytes) const;
  void expect_user(std::size_t extent) { ++extents_[extent].users; }

  // --- reading, from any thread ---
  // A part of the extent. A thread that comes second waits for the first one's answer.
  Result<HeldBytes> read(std::size_t extent, std::uint32_t offset, std::uint32_t bytes);
  // The same, alone: for what is in no extent, or in one that cannot be read as a whole.
  Result<HeldBytes> read_alone(const PackId& pack, std::uint32_t offset, std::uint32_t bytes);
  // One user less.
  void release(std::size_t extent);

 private:
  struct Extent {
    PackId pack;
    std::uint64_t offset = 0;
    std::uint64_t bytes = 0;
    std::uint64_t users = 0;
    std::uint64_t used = 0;  // by count_
    bool loading = false;
    bool expected = false;  // by progress, and not got yet
    store::BlockPtr block = {};
    std::optional<Error> lost = {};  // asked for once, whoever needs it
  };

  Result<store::BlockPtr> load(std::size_t extent);
  Result<store::BlockPtr> get(const PackId& pack, std::uint64_t offset, std::size_t bytes);
  void keep(std::size_t extent, store::BlockPtr block);
  void drop(std::size_t extent);

  const Context& context_;
  Remote& remote_;
  store::BlockPool& blocks_;
  const Limits limits_;
  std::vector<Extent> extents_;  // by pack and offset

  std::mutex mutex_;  // of all below, and of what changes in an extent
  std::condition_variable loaded_;
  std::vector<std::size_t> kept_;
  std::uint64_t kept_bytes_ = 0;
  std::uint64_t count_ = 0;
};

}  // namespace cairn::sync
