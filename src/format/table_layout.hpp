// Where the sections of a table lie; shared by its reader, its check and its builder.
// cairn-store(5), TABLE.
#pragma once

#include <array>
#include <cstdint>

#include "format/limits.hpp"

namespace cairn::format {

inline constexpr std::array<std::uint8_t, 8> kTableMagic = {0x89, 'C', 'R', 'N',
                                                            'T',  'B', 'L', '\n'};
inline constexpr std::size_t kTablePackBytes = 48;
inline constexpr std::size_t kTableRecordBytes = 32;
inline constexpr std::size_t kTablePlaceBytes = 12;
inline constexpr unsigned kMaxFanoutBits = 20;

struct TableHeader {
  std::uint32_t packs = 0;
  std::uint32_t records = 0;
  std::uint32_t bases = 0;
  std::uint32_t chunks = 0;
  std::uint8_t fanout_bits = 0;
};

// Offsets of the sections behind the packs, which start at kTableHeaderBytes.
struct TableLayout {
  std::size_t records = 0, bases = 0, fanout = 0, ids = 0, places = 0, crc = 0, size_bytes = 0;
};
TableLayout table_layout(const TableHeader& header);

// The first `bits` bits of an id, as a big-endian number.
std::uint32_t fanout_prefix(const std::uint8_t* id, unsigned bits);

}  // namespace cairn::format
