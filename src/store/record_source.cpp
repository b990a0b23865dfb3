#include "store/record_source.hpp"

#include <algorithm>

#include "crypto/crc32c.hpp"
#include "store/base_reader.hpp"
#include "store/record_decode.hpp"

namespace cairn::store {
namespace {

constexpr std::size_t kRecordsKept = 4;  // at most 1 MiB each, raw ones with their header
constexpr std::size_t kRecordCrcAt = 20;
constexpr auto kRawCodec = static_cast<std::uint8_t>(codec::CodecId::kRaw);

bool fills_record(const ChunkPlace& place) {
  return place.offset == 0 && place.length == place.record.plain_bytes;
}

// cairn-store(5), Record: the CRC covers header and payload but not itself.
bool crc_fits(const format::RecordHeader& header, base::ByteView header_bytes,
              base::ByteView payload) {
  std::uint32_t crc = crypto::crc32c(header_bytes.first(kRecordCrcAt));
  crc = crypto::crc32c_extend(crc, header_bytes.subspan(kRecordCrcAt + sizeof crc));
  return crypto::crc32c_extend(crc, payload) == header.crc;
}

Error index_differs() { return Error(Code::kCorrupt, "the record is not what the index says"); }

}  // namespace

Status RecordSource::pread(const ChunkPlace& place, std::span<std::uint8_t> out,
                           std::uint64_t offset_in_record) {
  CAIRN_TRY(const auto file, store_.pack_file(place.pack));
  return base::pread_exact(*file, out, place.record.offset + offset_in_record, "pack");
}

// The whole record into `bytes`, its CRC checked.
Result<format::RecordView> RecordSource::read(const ChunkPlace& place, base::Bytes& bytes) {
  if (place.record.record_bytes > kLargestRecordBytes) return index_differs();
  bytes.resize(place.record.record_bytes);
  CAIRN_CHECK(pread(place, bytes, 0));
  CAIRN_TRY(auto record, format::decode_record(bytes));
  if (record.header.plain_bytes != place.record.plain_bytes) return index_differs();
  return record;
}

Result<std::span<const base::ByteView>> RecordSource::bases_of(const format::RecordHeader& header) {
  if (header.bases.empty()) return std::span<const base::ByteView>();
  if (bases_ == nullptr) return index_differs();
  return bases_->read(header.bases);
}

RecordSource::Decoded* RecordSource::recall(const ChunkPlace& place) {
  for (auto entry = recent_.begin(); entry != recent_.end(); ++entry) {
    if (entry->pack != place.pack || entry->record_offset != place.record.offset) continue;
    if (place.offset + std::uint64_t{place.length} > entry->plain.size()) return nullptr;
    std::rotate(recent_.begin(), entry, entry + 1);
    return &recent_.front();
  }
  return nullptr;
}

Status RecordSource::decode(const ChunkPlace& place, Decoded& entry) {
  if (place.record.codec ==
      kRawCodec) {  // the record as read is kept: its payload is the plain bytes
    CAIRN_TRY(const auto record, read(place, entry.bytes));
    if (record.header.codec != kRawCodec) return index_differs();
    entry.plain = record.payload;
    return {};
  }
  CAIRN_TRY(const auto record, read(place, stored_));
  CAIRN_TRY(const auto bases, bases_of(record.header));
  CAIRN_CHECK(decode_payload(decoder_, record, entry.bytes, bases));
  entry.plain = entry.bytes;
  return {};
}

Result<RecordSource::Decoded*> RecordSource::decoded(const ChunkPlace& place) {
  if (Decoded* known = recall(place)) return known;
  Decoded entry;
  if (recent_.size() == kRecordsKept) {  // its buffer is used again
    entry = std::move(recent_.back());
    recent_.pop_back();
  }
  entry.pack = place.pack;
  entry.record_offset = place.record.offset;
  CAIRN_CHECK(decode(place, entry));
  recent_.push_front(
      std::move(entry));  // `plain` stays valid: moving a vector does not move its bytes
  return &recent_.front();
}

Result<base::ByteView> RecordSource::bytes(const ChunkPlace& place) {
  CAIRN_TRY(const Decoded* record, decoded(place));
  if (place.offset + std::uint64_t{place.length} > record->plain.size()) return index_differs();
  return record->plain.subspan(place.offset, place.length);
}

Status RecordSource::read_raw_part(const ChunkPlace& place, std::span<std::uint8_t> out) {
  const std::uint32_t header_bytes = place.record.record_bytes - place.record.plain_bytes;
  return pread(place, out, std::uint64_t{header_bytes} + place.offset);
}

Status RecordSource::read_raw_whole(const ChunkPlace& place, std::span<std::uint8_t> out) {
  stored_.resize(place.record.record_bytes - place.record.plain_bytes);
  CAIRN_CHECK(pread(place, stored_, 0));
  CAIRN_CHECK(pread(place, out, stored_.size()));
  CAIRN_TRY(const auto header, format::decode_record_header(stored_));
  if (header.codec != kRawCodec || header.header_bytes() != stored_.size() ||
      header.payload_bytes != out.size()) {
    return index_differs();
  }
  if (!crc_fits(header, stored_, out))
    return Error(Code::kCorrupt, "bad record: its checksum is wrong");
  return {};
}

Status RecordSource::decode_whole(const ChunkPlace& place, std::span<std::uint8_t> out) {
  CAIRN_TRY(const auto record, read(place, stored_));
  CAIRN_TRY(const auto bases, bases_of(record.header));
  return decoder_.decode(record.header.codec, record.payload, out, bases);
}

Status RecordSource::read_into(const ChunkPlace& place, std::span<std::uint8_t> out, Check check) {
  const auto& record = place.record;
  const bool cached = recall(place) != nullptr;
  if (!cached && record.codec == kRawCodec) {
    const bool sane = record.record_bytes >= record.plain_bytes + format::kRecordFixedBytes &&
                      record.record_bytes <= kLargestRecordBytes;
    if (!sane) return index_differs();
    if (check == Check::kCallerHashes) return read_raw_part(place, out);
    if (fills_record(place)) return read_raw_whole(place, out);
  }
  if (!cached && record.codec != kRawCodec && fills_record(place)) return decode_whole(place, out);
  CAIRN_TRY(const auto plain, bytes(place));
  std::copy(plain.begin(), plain.end(), out.begin());
  return {};
}

}  // namespace cairn::store
