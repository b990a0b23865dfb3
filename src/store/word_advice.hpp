// WordAdvice: which chunks of a file hold floats, by the file's own headers (chunk/structure.hpp),
// so that they are stored as byte planes. Advice only: bytes come back whatever it says.
#pragma once

#include <optional>

#include "chunk/structure_cuts.hpp"
#include "codec/codec.hpp"

namespace cairn::store::detail {

class WordAdvice {
 public:
  WordAdvice() = default;
  WordAdvice(const chunk::ReadAt& read, std::uint64_t file_bytes);

  // How the chunk's floats lie, when most of it is one tensor of them.
  [[nodiscard]] std::optional<codec::WordShape> shape_of(std::uint64_t offset,
                                                         std::uint64_t length) const;

 private:
  std::optional<chunk::StructureCuts> structure_;
};

}  // namespace cairn::store::detail
