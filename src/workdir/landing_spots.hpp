// LandingSpots: where in which files the bytes of each chunk go, and which chunks are there
// already.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "workdir/materialise.hpp"

namespace cairn::workdir::detail {

// 48 bytes for each place of a chunk.
struct Spot {
  ChunkId id;
  std::uint32_t item = 0;
  std::uint32_t length = 0;
  std::uint64_t offset = 0;
};

class LandingSpots {
 public:
  // The chunks of every item that is a file.
  static Result<LandingSpots> of(const std::vector<const WriteItem*>& items,
                                 const format::PageFetch& pages);

  // All places of one chunk, one after the other; empty when nobody wants it.
  [[nodiscard]] std::span<const Spot> find(const ChunkId& id) const;
  // True once for each chunk: the caller writes it.
  bool claim(std::span<const Spot> spots);
  void set_landed(std::span<const Spot> spots);
  void reopen(std::span<const Spot> spots);  // what landed was not the chunk
  [[nodiscard]] bool landed(std::span<const Spot> spots) const;

  // With the first place of each.
  void for_each_chunk_lacking(const std::function<void(const Spot&)>& visit) const;
  // Every place in one item.
  [[nodiscard]] std::vector<Spot> of_item(std::uint32_t item) const;
  // With one place of each chunk, in one of these items (ascending).
  void for_each_chunk_lacking_in(const std::vector<std::uint32_t>& items,
                                 const std::function<void(const Spot&)>& visit) const;

 private:
  std::span<const Spot> run_at(std::size_t first) const;
  [[nodiscard]] std::atomic_ref<std::uint8_t> state_of(std::span<const Spot> spots) const;

  std::vector<Spot> spots_;                   // by id, item, offset
  mutable std::vector<std::uint8_t> states_;  // of the first place of each chunk; used atomically
};

}  // namespace cairn::workdir::detail
