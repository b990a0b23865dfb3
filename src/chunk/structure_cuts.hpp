// Where a file of known structure is cut: at the start of
// every unit, tensors in slices of 1 MiB from their start, other long units by Gear. So a tensor
// that is renamed, moved or inserted costs its header, and versions stay aligned for differences.
#pragma once

#include "base/bytes.hpp"
#include "chunk/gear.hpp"
#include "chunk/structure.hpp"

namespace cairn::chunk {

// Chunker number in recipes: cuts by structure where a file has one that is known, else gear1.
inline constexpr std::uint16_t kStructure1 = 2;

inline constexpr std::uint64_t kSliceBytes = std::uint64_t{1} << 20;
// A cut this close to the last one is left out …
inline constexpr std::uint64_t kMinUnitCutBytes = std::uint64_t{32} << 10;
// … unless a unit of at least this size starts there.
inline constexpr std::uint64_t kOwnCutBytes = std::uint64_t{64} << 10;
// Longer units that are not tensors are cut inside by Gear.
inline constexpr std::uint64_t kGearUnitBytes = std::uint64_t{512} << 10;

class StructureCuts {
 public:
  StructureCuts(Structure structure, std::uint64_t file_bytes, const GearParameters& gear);

  // Length of the chunk that starts at `offset` (a cut, or 0), whose bytes are the beginning of
  // `rest`; 0: only more bytes can tell. `rest` reaching the end of the file always tells. At most
  // 1 MiB.
  [[nodiscard]] std::size_t next_length(std::uint64_t offset, base::ByteView rest) const;

  // The first place from `offset` on where a chunk is likely to start, for who has not seen the
  // bytes before: a slice of a tensor, else `offset` itself, from where Gear finds the true cuts.
  [[nodiscard]] std::uint64_t likely_cut(std::uint64_t offset) const;

  // The unit that has the most bytes of a chunk, or null when headers have.
  [[nodiscard]] const Unit* unit_of(std::uint64_t offset, std::uint64_t length) const;
  // Units, with their place in the list.
  [[nodiscard]] const std::vector<Unit>& units() const { return units_; }

 private:
  struct Region {  // the whole file, unit or not, without gaps
    std::uint64_t offset = 0;
    std::uint64_t bytes = 0;
    bool sliced = false;
  };
  [[nodiscard]] std::size_t region_at(std::uint64_t offset) const;
  // The end of the chunk when no cut inside region `i` ends it.
  [[nodiscard]] std::uint64_t end_at_unit(std::uint64_t offset, std::size_t i) const;

  std::vector<Unit> units_;
  std::vector<Region> regions_;
  GearParameters gear_;
};

}  // namespace cairn::chunk
