// A record in memory between encoding and appending. What ingest stores is under a checksum from
// hashing to writing, because its buffers are used again: wrong bytes must be an error, never a
// record.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "codec/codec.hpp"
#include "format/pack.hpp"
#include "format/page.hpp"

namespace cairn::store {

// A record ready to be appended. `payload` may point into a buffer shared by several records;
// `owner` keeps it alive.
struct EncodedRecord {
  format::RecordHeader header;
  base::Bytes header_bytes;
  base::ByteView payload;
  std::shared_ptr<const void> owner;
  std::vector<format::ChunkRef> chunks;  // ids and lengths, in order
};

// A chunk and the CRC-32C of the bytes that gave its id, taken beside it.
struct HashedChunk {
  format::ChunkRef ref;
  std::uint32_t crc = 0;
};

// A chunk that a record may be based on. Its plain bytes are those of its id, and the store has a
// copy of it that needs no base.
struct BaseBytes {
  ChunkId id;
  base::ByteView plain;
};

// What is known about the bytes of one record (codec::EncodeHints).
struct RecordHints {
  std::optional<codec::WordShape> words = {};  // how one chunk of numbers lies
  std::optional<codec::WordShape> found = {};  // of one chunk, see EncodeHints
  std::optional<BaseBytes> twin = {};          // of the same length as that chunk
  std::span<const BaseBytes> bases = {};       // 1 to 8, at most 1 MiB together
};

// Encodes the concatenated plain bytes of `chunks` as one record; `plain` must live as long as
// `owner`. `words`: how one chunk of numbers lies.
EncodedRecord encode_record(codec::Encoder& encoder, std::vector<format::ChunkRef> chunks,
                            base::ByteView plain, std::shared_ptr<const void> owner,
                            codec::Effort effort,
                            const std::optional<codec::WordShape>& words = {});
// The same for bytes hashed earlier: the record holds exactly what was hashed, or append() refuses
// it, or this is a kCorrupt error (slug "memory-changed").
Result<EncodedRecord> encode_hashed(codec::Encoder& encoder, std::span<const HashedChunk> chunks,
                                    base::ByteView plain, const std::shared_ptr<const void>& owner,
                                    codec::Effort effort, const RecordHints& hints = {});
// That the record's bytes still have the checksum it was encoded with; kCorrupt (slug
// "memory-changed").
Status check_record_bytes(const EncodedRecord& record);

}  // namespace cairn::store
