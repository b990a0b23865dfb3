// WordAdvice: what a file's own headers say (chunk/structure.hpp): where to cut it, and which
// chunks hold floats, so that they are stored as byte planes. Advice only: bytes come back whatever
// it says.
#pragma once

#include <optional>

#include "chunk/structure_cuts.hpp"
#include "codec/codec.hpp"

namespace cairn::store::detail {

class WordAdvice {
 public:
  WordAdvice() = default;
  WordAdvice(const chunk::ReadAt& read, std::uint64_t file_bytes);

  // Where to cut it; null for a file of no known structure.
  [[nodiscard]] const chunk::StructureCuts* cuts() const {
    return structure_ ? &*structure_ : nullptr;
  }
  // How the chunk's floats lie, when most of it is one tensor of them.
  [[nodiscard]] std::optional<codec::WordShape> shape_of(std::uint64_t offset,
                                                         std::uint64_t length) const;
  // The tensor or member that has most of the chunk, or null.
  [[nodiscard]] const chunk::Unit* unit_of(std::uint64_t offset, std::uint64_t length) const {
    return structure_ ? structure_->unit_of(offset, length) : nullptr;
  }
  // What is not understood of a file of a known structure (read_structure()).
  [[nodiscard]] const std::string& note() const { return note_; }

 private:
  std::optional<chunk::StructureCuts> structure_;
  std::string note_;
};

}  // namespace cairn::store::detail
