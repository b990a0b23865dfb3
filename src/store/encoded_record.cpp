#include "store/encoded_record.hpp"

#include "base/assert.hpp"
#include "crypto/crc32c.hpp"

namespace cairn::store {
namespace {

Error changed_in_memory() {
  return Error(Code::kCorrupt, "bytes in memory changed between reading a file and storing it")
      .hint("run the command again; if it happens again, test this machine's memory")
      .slug("memory-changed");
}

EncodedRecord start_record(std::vector<format::ChunkRef> chunks, std::size_t plain_bytes) {
  EncodedRecord record;
  record.chunks = std::move(chunks);
  record.header.plain_bytes = static_cast<std::uint32_t>(plain_bytes);
  for (const format::ChunkRef& chunk : record.chunks)
    record.header.chunk_lengths.push_back(chunk.length);
  return record;
}

// False: raw. The payload is `plain` itself then.
bool set_payload(EncodedRecord& record, codec::Encoded encoded) {
  record.header.codec = static_cast<std::uint8_t>(encoded.codec);
  if (encoded.codec == codec::CodecId::kRaw) return false;
  const auto payload = std::make_shared<const base::Bytes>(std::move(encoded.payload));
  record.payload = *payload;
  record.owner = payload;
  return true;
}

// The ids of the bytes that the encoder used.
void name_bases(EncodedRecord& record, const RecordHints& hints) {
  const codec::CodecId codec{record.header.codec};
  if (codec == codec::CodecId::kDifference) record.header.bases.push_back(hints.twin->id);
  if (codec != codec::CodecId::kPatch) return;
  for (const BaseBytes& base : hints.bases) record.header.bases.push_back(base.id);
}

bool plain_is_what_was_hashed(std::span<const HashedChunk> chunks, base::ByteView plain) {
  for (const HashedChunk& chunk : chunks) {
    if (crypto::crc32c(plain.first(chunk.ref.length)) != chunk.crc) return false;
    plain = plain.subspan(chunk.ref.length);
  }
  return plain.empty();
}

std::uint32_t joined_crc(std::span<const HashedChunk> chunks) {
  std::uint32_t crc = 0;
  for (const HashedChunk& chunk : chunks)
    crc = crypto::crc32c_join(crc, chunk.crc, chunk.ref.length);
  return crc;
}

}  // namespace

EncodedRecord encode_record(codec::Encoder& encoder, std::vector<format::ChunkRef> chunks,
                            base::ByteView plain, std::shared_ptr<const void> owner,
                            codec::Effort effort, const std::optional<codec::WordShape>& words) {
  EncodedRecord record = start_record(std::move(chunks), plain.size());
  record.payload = plain;
  record.owner = std::move(owner);
  set_payload(record, encoder.encode(plain, effort, {.words = words}));
  record.header_bytes = format::encode_record_header(record.header, record.payload);
  return record;
}

// A raw record's checksum is put together from those of its chunks, so that append() compares the
// bytes it writes with the bytes that were hashed. A compressed one was decoded and compared with
// `plain`, which is compared with what was hashed here.
Result<EncodedRecord> encode_hashed(codec::Encoder& encoder, std::span<const HashedChunk> chunks,
                                    base::ByteView plain, const std::shared_ptr<const void>& owner,
                                    codec::Effort effort, const RecordHints& hints) {
  CAIRN_ASSERT(!(hints.words || hints.found) || chunks.size() == 1);
  std::vector<format::ChunkRef> refs;
  refs.reserve(chunks.size());
  for (const HashedChunk& chunk : chunks) refs.push_back(chunk.ref);
  EncodedRecord record = start_record(std::move(refs), plain.size());
  record.payload = plain;
  record.owner = owner;  // `plain` is looked at below, also when the record has bytes of its own
  std::vector<base::ByteView> bases;
  for (const BaseBytes& base : hints.bases) bases.push_back(base.plain);
  codec::EncodeHints encode{.words = hints.words, .found = hints.found, .bases = bases};
  if (hints.twin) encode.twin = hints.twin->plain;
  if (!set_payload(record, encoder.encode(plain, effort, encode))) {
    const format::PayloadSum sum{static_cast<std::uint32_t>(plain.size()), joined_crc(chunks)};
    record.header_bytes = format::encode_record_header(record.header, sum);
    return record;
  }
  if (!plain_is_what_was_hashed(chunks, plain)) return changed_in_memory();
  name_bases(record, hints);
  record.header_bytes = format::encode_record_header(record.header, record.payload);
  return record;
}

Status check_record_bytes(const EncodedRecord& record) {
  if (format::record_checksum_holds(record.header_bytes, record.payload)) return {};
  return changed_in_memory();
}

}  // namespace cairn::store
