#include "store/record_decode.hpp"

#include "crypto/sha256.hpp"

namespace cairn::store {

Status decode_payload(codec::Decoder& decoder, const format::RecordView& record, base::Bytes& plain,
                      std::span<const base::ByteView> bases) {
  plain.resize(record.header.plain_bytes);
  return decoder.decode(record.header.codec, record.payload, plain, bases);
}

// Two at a time: crypto::sha256_pair costs about as much as one.
std::vector<ChunkId> hash_chunks(std::span<const std::uint32_t> lengths, base::ByteView plain) {
  std::vector<ChunkId> ids;
  ids.reserve(lengths.size());
  std::size_t at = 0;
  for (std::size_t i = 0; i < lengths.size(); i += 2) {
    const auto first = plain.subspan(at, lengths[i]);
    at += lengths[i];
    if (i + 1 == lengths.size()) {
      ids.push_back(crypto::sha256(first).as<ChunkId>());
      break;
    }
    const auto second = plain.subspan(at, lengths[i + 1]);
    at += lengths[i + 1];
    Digest a;
    Digest b;
    crypto::sha256_pair(first, second, a, b);
    ids.push_back(a.as<ChunkId>());
    ids.push_back(b.as<ChunkId>());
  }
  return ids;
}

format::TableRecord table_record(const format::RecordHeader& header, std::uint32_t offset) {
  format::TableRecord record;
  record.offset = offset;
  record.record_bytes = static_cast<std::uint32_t>(header.record_bytes());
  record.plain_bytes = header.plain_bytes;
  record.crc = header.crc;
  record.chunk_count = static_cast<std::uint32_t>(header.chunk_lengths.size());
  record.codec = header.codec;
  record.base_count = static_cast<std::uint8_t>(header.bases.size());
  return record;
}

}  // namespace cairn::store
