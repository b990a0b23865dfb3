#include "chunk/structure_cuts.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace cairn::chunk {

StructureCuts::StructureCuts(Structure structure, std::uint64_t file_bytes,
                             const GearParameters& gear)
    : units_(std::move(structure.units)), gear_(gear) {
  std::uint64_t end = 0;
  for (const Unit& unit : units_) {
    if (unit.offset > end) regions_.push_back({end, unit.offset - end, false});
    regions_.push_back({unit.offset, unit.bytes, unit.element.bytes != 0});
    end = unit.offset + unit.bytes;
  }
  if (file_bytes > end) regions_.push_back({end, file_bytes - end, false});
}

std::size_t StructureCuts::region_at(std::uint64_t offset) const {
  const auto after =
      std::upper_bound(regions_.begin(), regions_.end(), offset,
                       [](std::uint64_t at, const Region& region) { return at < region.offset; });
  CAIRN_ASSERT(after != regions_.begin());
  return static_cast<std::size_t>(after - regions_.begin()) - 1;
}

std::uint64_t StructureCuts::end_at_unit(std::uint64_t offset, std::size_t i) const {
  for (;; ++i) {
    const std::uint64_t end = regions_[i].offset + regions_[i].bytes;
    if (i + 1 == regions_.size()) return end;
    if (end - offset >= kMinUnitCutBytes || regions_[i + 1].bytes >= kOwnCutBytes) return end;
  }
}

std::size_t StructureCuts::next_length(std::uint64_t offset, base::ByteView rest) const {
  const std::size_t i = region_at(offset);
  const Region& region = regions_[i];
  const std::uint64_t left = region.offset + region.bytes - offset;
  std::uint64_t length = 0;
  if (region.sliced && left > kSliceBytes) {
    length = kSliceBytes - (offset - region.offset) % kSliceBytes;
  } else if (!region.sliced && region.bytes > kGearUnitBytes) {
    const auto part =
        rest.first(static_cast<std::size_t>(std::min<std::uint64_t>(left, rest.size())));
    const std::size_t cut = gear_cut(part, gear_);
    // At the end of what is there a cut may only be that end.
    if (cut < part.size() || cut == gear_.max_bytes) {
      length = cut;
    } else if (part.size() < left) {
      return 0;
    }
  }
  if (length == 0) length = end_at_unit(offset, i) - offset;
  return length <= rest.size() ? static_cast<std::size_t>(length) : 0;
}

std::uint64_t StructureCuts::likely_cut(std::uint64_t offset) const {
  const Region& region = regions_[region_at(offset)];
  if (!region.sliced) return offset;
  const std::uint64_t inside = offset - region.offset;
  const std::uint64_t slices = (inside + kSliceBytes - 1) / kSliceBytes;
  return region.offset + std::min(slices * kSliceBytes, region.bytes);
}

const Unit* StructureCuts::unit_of(std::uint64_t offset, std::uint64_t length) const {
  const std::uint64_t end = offset + length;
  auto unit = std::upper_bound(units_.begin(), units_.end(), offset,
                               [](std::uint64_t at, const Unit& one) { return at < one.offset; });
  if (unit != units_.begin()) --unit;
  const Unit* best = nullptr;
  std::uint64_t most = 0;
  std::uint64_t covered = 0;
  for (; unit != units_.end() && unit->offset < end; ++unit) {
    const std::uint64_t from = std::max(unit->offset, offset);
    const std::uint64_t to = std::min(unit->offset + unit->bytes, end);
    if (to <= from) continue;
    covered += to - from;
    if (to - from <= most) continue;
    most = to - from;
    best = &*unit;
  }
  return covered * 2 >= length ? best : nullptr;
}

}  // namespace cairn::chunk
