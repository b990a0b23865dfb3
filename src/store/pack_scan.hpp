// Rebuilding the table of a pack whose header, footer or trailer is damaged: every record that is
// still intact is found by its magic and CRC, decoded, and its chunks hashed. cairn-store(5),
// Trailer.
#pragma once

#include <string>

#include "base/file.hpp"
#include "cairn/context.hpp"
#include "store/grouped_table.hpp"

namespace cairn::store {

struct ScannedPack {
  PackRecords records;                   // empty when no record is intact
  std::uint64_t skipped_bytes = 0;       // between or behind records, the footer included
  std::uint64_t unreadable_records = 0;  // intact, but of a codec this program can't read, or based
                                         // on other packs: their chunks stay unknown
};
// Unreadable sectors count as damage. kIo, kTooNew (pack header of a newer release), kInterrupted.
Result<ScannedPack> scan_pack(const Context& context, const base::Fd& file,
                              std::uint64_t size_bytes, const PackId& id, const std::string& path);

}  // namespace cairn::store
