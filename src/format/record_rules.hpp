// Limits on a record and on a place in one, which headers, tables, root tables and locators repeat:
// cairn-store(5), Record.
#pragma once

#include <cstdint>

#include "format/limits.hpp"
#include "format/pack.hpp"

namespace cairn::format {

inline bool known_pack_kind(std::uint8_t kind) {
  return kind == static_cast<std::uint8_t>(PackKind::kData) ||
         kind == static_cast<std::uint8_t>(PackKind::kMeta);
}

// Raw, zstd and planes: what needs no base, and may be one.
inline bool stands_alone(std::uint8_t codec) { return codec <= 2; }

struct RecordShape {
  std::uint8_t codec = 0;
  std::uint8_t base_count = 0;
  std::uint32_t chunk_count = 0;
  std::uint32_t payload_bytes = 0;
  std::uint32_t plain_bytes = 0;

  [[nodiscard]] std::uint64_t header_bytes() const {
    return kRecordFixedBytes + std::uint64_t{4} * chunk_count + std::uint64_t{32} * base_count;
  }
};

// Why a record may not look like this, or null. Codecs that this program does not know are free in
// what the known ones bind: the codec module refuses them, and only when their bytes are wanted.
const char* record_fault(const RecordShape& shape);
// As above for a base count alone.
const char* base_count_fault(std::uint8_t codec, std::uint32_t base_count);

// Why a record can't lie at `offset` with this size (header and payload), or null.
const char* record_place_fault(std::uint32_t offset, std::uint32_t record_bytes);
// True when [offset, offset + length) is a possible chunk of a record of `plain_bytes`.
inline bool chunk_fits(std::uint32_t offset, std::uint32_t length, std::uint32_t plain_bytes) {
  return length >= 1 && length <= kMaxChunkBytes && std::uint64_t{offset} + length <= plain_bytes;
}

}  // namespace cairn::format
