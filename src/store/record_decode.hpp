// Records in memory: payload to plain bytes, plain bytes to chunk ids, header to table entry. No
// I/O.
#pragma once

#include <vector>

#include "base/bytes.hpp"
#include "codec/codec.hpp"
#include "format/pack.hpp"
#include "format/table.hpp"

namespace cairn::store {

inline constexpr std::size_t kLargestRecordBytes =
    format::kRecordFixedBytes + 4 * format::kMaxRecordChunks + 32 * format::kMaxRecordBases +
    format::kMaxRecordPlainBytes;
inline constexpr std::size_t kSmallestRecordBytes = format::kRecordFixedBytes + 4 + 1;

// Resizes `plain` to the record's plain length and fills it. `bases` are the plain bytes of the
// record's bases. kTooNew, kCorrupt.
Status decode_payload(codec::Decoder& decoder, const format::RecordView& record, base::Bytes& plain,
                      std::span<const base::ByteView> bases);

// The id of each chunk; `lengths` add up to the size of `plain`.
std::vector<ChunkId> hash_chunks(std::span<const std::uint32_t> lengths, base::ByteView plain);

// The table entry of a record at `offset`; its bases are given to the table builder apart.
format::TableRecord table_record(const format::RecordHeader& header, std::uint32_t offset);

}  // namespace cairn::store
