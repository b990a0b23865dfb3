// Rebuilding the table of a pack whose header, footer or trailer is damaged: every record that is
// still intact is found by its magic and CRC, decoded, and its chunks hashed. cairn-store(5),
// Trailer.
#pragma once

#include <functional>
#include <string>

#include "base/file.hpp"
#include "cairn/context.hpp"
#include "store/grouped_table.hpp"

namespace cairn::store {

struct ScannedPack {
  PackRecords records;                   // empty when no record can be named
  std::uint64_t skipped_bytes = 0;       // between or behind records, the footer included
  std::uint64_t unreadable_records = 0;  // intact, but of a codec this program can't read
  std::uint64_t baseless_records = 0;    // intact, but nobody gave their bases
};
// Plain bytes of a chunk that a record is based on.
using ReadBase = std::function<Result<base::Bytes>(const ChunkId& id)>;
// What is based on other chunks is named only when `bases` gives them; it may be empty. Unreadable
// sectors count as damage. kIo, kTooNew (pack header of a newer release), kInterrupted.
Result<ScannedPack> scan_pack(const Context& context, const base::Fd& file,
                              std::uint64_t size_bytes, const PackId& id, const std::string& path,
                              const ReadBase& bases);

}  // namespace cairn::store
