// The content-defined chunker "gear1", frozen: see cairn-store(5), CHUNKING. Boundaries depend on
// 64 bytes only. After Gear hashing (Xia et al., "Ddelta", 2014; FastCDC, USENIX ATC 2016), one
// threshold, no normalisation.
#pragma once

#include <cstdint>

#include "base/bytes.hpp"

namespace cairn::chunk {

// What a recipe names so that every later release cuts the same way.
struct GearParameters {
  std::uint32_t min_bytes = 32'768;
  std::uint32_t max_bytes = 524'288;
  std::uint64_t threshold = std::uint64_t{1} << 49;
  std::uint32_t single_bytes = 65'536;  // a file of at most this size is one chunk, unscanned
  bool operator==(const GearParameters&) const = default;
};

inline constexpr std::uint16_t kGear1 = 1;  // chunker number in recipes

// Length of the first chunk of `bytes`, which start at a cut. Unless the file ends with `bytes`,
// the caller passes at least max_bytes so that the answer is final. Needs 64 <= min_bytes <=
// max_bytes.
std::size_t gear_cut(base::ByteView bytes, const GearParameters& parameters);

// The table G (256 words), derived on first use from SHA-256("cairn gear v1" ‖ byte).
const std::uint64_t* gear_table();

}  // namespace cairn::chunk
