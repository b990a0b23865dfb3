// RecordSource: plain bytes at a place, from the packs of one store. Keeps the last few decoded
// records, because neighbours in a file are neighbours in a record. Knows nothing of ids and
// copies.
#pragma once

#include <deque>
#include <span>

#include "codec/codec.hpp"
#include "store/store.hpp"

namespace cairn::store {

class BaseReader;

// Not thread-safe. Errors: kCorrupt for damage, kNotFound for a pack that is gone, kTooNew for a
// codec, kMissing for a base, else what reading gave; none names the chunk or pack.
class RecordSource {
 public:
  // Without `bases`, records that have one are refused as kCorrupt: nothing that may be a base has
  // one.
  explicit RecordSource(const Store& store, BaseReader* bases = nullptr)
      : store_(store), bases_(bases) {}

  // The bytes of `place`, from a record whose CRC was checked. Valid until the next call.
  Result<base::ByteView> bytes(const ChunkPlace& place);

  enum class Check {
    kRecordCrc,    // as above
    kCallerHashes  // the caller compares every chunk with its id, so a part of a raw record may be
                   // read without the rest
  };
  // The same into `out`, of place.length bytes: read or decoded straight into it when the record
  // holds nothing else.
  Status read_into(const ChunkPlace& place, std::span<std::uint8_t> out, Check check);

 private:
  struct Decoded {
    std::uint32_t pack = 0;
    std::uint32_t record_offset = 0;
    base::Bytes bytes;  // the plain bytes, or a raw record whole
    base::ByteView plain;
  };
  Decoded* recall(const ChunkPlace& place);
  Result<Decoded*> decoded(const ChunkPlace& place);
  Status decode(const ChunkPlace& place, Decoded& entry);
  Status read_raw_part(const ChunkPlace& place, std::span<std::uint8_t> out);
  Status read_raw_whole(const ChunkPlace& place, std::span<std::uint8_t> out);
  Status decode_whole(const ChunkPlace& place, std::span<std::uint8_t> out);
  Result<format::RecordView> read(const ChunkPlace& place, base::Bytes& bytes);
  Result<std::span<const base::ByteView>> bases_of(const format::RecordHeader& header);
  Status pread(const ChunkPlace& place, std::span<std::uint8_t> out,
               std::uint64_t offset_in_record);

  const Store& store_;
  BaseReader* const bases_;
  codec::Decoder decoder_;
  base::Bytes stored_;          // record being decoded
  std::deque<Decoded> recent_;  // newest first
};

}  // namespace cairn::store
