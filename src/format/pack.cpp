#include "format/pack.hpp"

#include <fmt/core.h>

#include "crypto/crc32c.hpp"
#include "crypto/sha256.hpp"
#include "format/record_rules.hpp"
#include "format/refusal.hpp"

namespace cairn::format {
namespace {

constexpr std::array<std::uint8_t, 8> kPackMagic = {0x89, 'C', 'R', 'N', 'P', 'A', 'C', 'K'};
constexpr std::array<std::uint8_t, 4> kRecordMagic = {'C', 'R', 'N', 'R'};
constexpr std::array<std::uint8_t, 4> kTrailerMagic = {'C', 'R', 'N', 'E'};
constexpr std::size_t kHeaderCrcAt = 60;
constexpr std::size_t kRecordCrcAt = 20;

bool starts_with(base::ByteView bytes, base::ByteView magic) {
  return bytes.size() >= magic.size() && std::memcmp(bytes.data(), magic.data(), magic.size()) == 0;
}

// Of header and payload, the CRC field itself left out.
std::uint32_t record_crc(base::ByteView header, base::ByteView payload) {
  std::uint32_t crc = crypto::crc32c(header.first(kRecordCrcAt));
  crc = crypto::crc32c_extend(crc, header.subspan(kRecordCrcAt + 4));
  return crypto::crc32c_extend(crc, payload);
}

Status check_chunk_lengths(const RecordHeader& header) {
  std::uint64_t sum = 0;
  for (const std::uint32_t length : header.chunk_lengths) {
    if (length == 0) return refuse("record", "a chunk of no bytes");
    sum += length;
  }
  if (sum != header.plain_bytes)
    return refuse("record", "chunk lengths that do not add up to the plain length");
  return {};
}

}  // namespace

base::Bytes encode_pack_header(const PackHeader& header) {
  base::ByteWriter out;
  out.raw(kPackMagic);
  out.u16(kVersion1);
  out.u8(kDigestSha256);
  out.u8(static_cast<std::uint8_t>(header.kind));
  out.u8(kCipherNone);
  out.zeros(3 + 8 + 16);
  out.raw(header.salt);
  out.zeros(4);
  out.u32(crypto::crc32c(out.view()));
  return std::move(out).take();
}

Result<PackHeader> decode_pack_header(base::ByteView bytes) {
  if (bytes.size() < kPackHeaderBytes) return refuse("pack", "shorter than its header");
  if (!starts_with(bytes, kPackMagic)) return refuse("pack", "it does not start like one");
  if (crypto::crc32c(bytes.first(kHeaderCrcAt)) !=
      base::load_le<std::uint32_t>(&bytes[kHeaderCrcAt])) {
    return refuse("pack", "the checksum of its header is wrong");
  }
  base::ByteReader in(bytes.subspan(kPackMagic.size(), kHeaderCrcAt - kPackMagic.size()));
  ContainerFields fields;
  fields.version = in.u16();
  fields.digest = in.u8();
  const std::uint8_t kind = in.u8();
  fields.cipher = in.u8();
  const bool first_gap = zeros_follow(in, 3);
  fields.features = in.u64();
  fields.key_id_is_zero = zeros_follow(in, 16);
  CAIRN_CHECK(check_container("pack", fields));
  if (!known_pack_kind(kind)) return refuse_newer("pack", fmt::format("kind {}", kind));
  PackHeader header;
  header.kind = static_cast<PackKind>(kind);
  const auto salt = in.raw(header.salt.size());
  std::memcpy(header.salt.data(), salt.data(), salt.size());
  if (!first_gap || !zeros_follow(in, 4)) return refuse("pack", "reserved bytes that are not zero");
  return header;
}

base::Bytes encode_record_header(RecordHeader& header, base::ByteView payload) {
  return encode_record_header(
      header, PayloadSum{static_cast<std::uint32_t>(payload.size()), crypto::crc32c(payload)});
}

base::Bytes encode_record_header(RecordHeader& header, const PayloadSum& payload) {
  header.payload_bytes = payload.bytes;
  base::ByteWriter out;
  out.raw(kRecordMagic);
  out.u8(header.codec);
  out.u8(0);
  out.u8(static_cast<std::uint8_t>(header.bases.size()));
  out.u8(0);
  out.u32(static_cast<std::uint32_t>(header.chunk_lengths.size()));
  out.u32(header.payload_bytes);
  out.u32(header.plain_bytes);
  out.u32(0);
  for (const std::uint32_t length : header.chunk_lengths) out.u32(length);
  for (const ChunkId& base : header.bases) out.id(base);
  header.crc = crypto::crc32c_join(record_crc(out.view(), {}), payload.crc, payload.bytes);
  out.patch_u32(kRecordCrcAt, header.crc);
  return std::move(out).take();
}

bool record_checksum_holds(base::ByteView header_bytes, base::ByteView payload) {
  return record_crc(header_bytes, payload) ==
         base::load_le<std::uint32_t>(&header_bytes[kRecordCrcAt]);
}

Result<RecordHeader> decode_record_header(base::ByteView bytes) {
  if (!starts_with(bytes, kRecordMagic)) return refuse("record", "it does not start like one");
  base::ByteReader in(bytes.subspan(kRecordMagic.size()));
  RecordHeader header;
  header.codec = in.u8();
  const std::uint8_t flags = in.u8();
  const std::uint8_t base_count = in.u8();
  const std::uint8_t reserved = in.u8();
  const std::uint32_t chunk_count = in.u32();
  header.payload_bytes = in.u32();
  header.plain_bytes = in.u32();
  header.crc = in.u32();
  if (!in.ok()) return refuse("record", "its header is cut short");
  if (flags != 0) return refuse_newer("record", fmt::format("flags {:#x}", flags));
  if (reserved != 0) return refuse("record", "a reserved byte that is not zero");
  const RecordShape shape{header.codec, base_count, chunk_count, header.payload_bytes,
                          header.plain_bytes};
  if (const char* fault = record_fault(shape)) return refuse("record", fault);
  const std::size_t lengths_bytes = std::size_t{4} * chunk_count;
  if (in.remaining() < lengths_bytes + std::size_t{32} * base_count) {
    return refuse("record", "its header is cut short");
  }
  header.chunk_lengths.resize(chunk_count);
  std::memcpy(header.chunk_lengths.data(), in.raw(lengths_bytes).data(), lengths_bytes);
  CAIRN_CHECK(check_chunk_lengths(header));
  header.bases.reserve(base_count);
  for (unsigned i = 0; i < base_count; ++i) header.bases.push_back(in.id<ChunkId>());
  return header;
}

Result<RecordView> decode_record(base::ByteView bytes) {
  if (!starts_with(bytes, kRecordMagic)) return refuse("record", "it does not start like one");
  if (bytes.size() < kRecordFixedBytes) return refuse("record", "its header is cut short");
  // The checksum first: a flipped bit is damage, not a newer format.
  if (record_crc(bytes, {}) != base::load_le<std::uint32_t>(&bytes[kRecordCrcAt])) {
    return refuse("record", "its checksum is wrong");
  }
  CAIRN_TRY(RecordHeader header, decode_record_header(bytes));
  if (header.record_bytes() != bytes.size())
    return refuse("record", "its length is not what its header says");
  const auto payload = bytes.subspan(header.header_bytes());
  return RecordView{std::move(header), payload};
}

base::Bytes encode_pack_trailer(const PackTrailer& trailer) {
  base::ByteWriter out;
  out.u32(trailer.footer_bytes);
  out.u32(trailer.footer_crc);
  out.u32(crypto::crc32c(out.view()));
  out.raw(kTrailerMagic);
  return std::move(out).take();
}

Result<PackTrailer> decode_pack_trailer(base::ByteView bytes) {
  if (bytes.size() != kPackTrailerBytes || !starts_with(bytes.subspan(12), kTrailerMagic)) {
    return refuse("pack", "it has no trailer");
  }
  if (crypto::crc32c(bytes.first(8)) != base::load_le<std::uint32_t>(&bytes[8])) {
    return refuse("pack", "the checksum of its trailer is wrong");
  }
  base::ByteReader in(bytes);
  PackTrailer trailer;
  trailer.footer_bytes = in.u32();
  trailer.footer_crc = in.u32();
  return trailer;
}

PackId pack_id_of(base::ByteView header, base::ByteView footer) {
  crypto::Sha256 hash;
  hash.update(header);
  hash.update(footer);
  return hash.finish().as<PackId>();
}

}  // namespace cairn::format
