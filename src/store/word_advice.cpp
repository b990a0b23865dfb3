#include "store/word_advice.hpp"

namespace cairn::store::detail {

WordAdvice::WordAdvice(const chunk::ReadAt& read, std::uint64_t file_bytes) {
  auto structure = chunk::read_structure(read, file_bytes, &note_);
  if (structure && !structure->units.empty())
    structure_.emplace(*std::move(structure), file_bytes, chunk::GearParameters{});
}

std::optional<codec::WordShape> WordAdvice::shape_of(std::uint64_t offset,
                                                     std::uint64_t length) const {
  if (!structure_) return std::nullopt;
  const chunk::Unit* unit = structure_->unit_of(offset, length);
  // Integers are left to zstd, which sees more of them at once in the frames of other data.
  if (unit == nullptr || !unit->element.is_float || unit->element.bytes < 2) return std::nullopt;
  const std::uint64_t head = (unit->offset - offset) & (unit->element.bytes - 1U);
  return codec::WordShape{unit->element.bytes, static_cast<std::uint8_t>(head), true};
}

}  // namespace cairn::store::detail
