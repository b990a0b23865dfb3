// Pack header, record header and trailer: bytes <-> structs, no I/O. cairn-store(5), PACK.
#pragma once

#include <array>
#include <vector>

#include "base/bytes.hpp"
#include "cairn/result.hpp"
#include "format/limits.hpp"

namespace cairn::format {

enum class PackKind : std::uint8_t { kData = 1, kMeta = 2 };

struct PackHeader {
  PackKind kind = PackKind::kData;
  std::array<std::uint8_t, 16> salt{};
};
base::Bytes encode_pack_header(const PackHeader& header);  // 64 bytes
Result<PackHeader> decode_pack_header(
    base::ByteView bytes);  // at least 64 bytes; kCorrupt, kTooNew

struct RecordHeader {
  std::uint8_t codec = 0;
  std::uint32_t payload_bytes = 0;
  std::uint32_t plain_bytes = 0;
  std::uint32_t crc = 0;  // of header and payload; set by encode_record_header
  std::vector<std::uint32_t> chunk_lengths;
  std::vector<ChunkId> bases;

  [[nodiscard]] std::size_t header_bytes() const {
    return kRecordFixedBytes + 4 * chunk_lengths.size() + 32 * bases.size();
  }
  [[nodiscard]] std::size_t record_bytes() const { return header_bytes() + payload_bytes; }
};

// The header's bytes with the CRC over header and `payload` in place (also stored into header.crc).
base::Bytes encode_record_header(RecordHeader& header, base::ByteView payload);
// The same for a payload whose checksum is known from before.
struct PayloadSum {
  std::uint32_t bytes = 0;
  std::uint32_t crc = 0;
};
base::Bytes encode_record_header(RecordHeader& header, const PayloadSum& payload);
// That header bytes made by the above and a payload fit together. Checks nothing else.
bool record_checksum_holds(base::ByteView header_bytes, base::ByteView payload);
// Only the header: `bytes` may go on. Checks every limit, not the CRC.
Result<RecordHeader> decode_record_header(base::ByteView bytes);
struct RecordView {
  RecordHeader header;
  base::ByteView payload;
};
// A whole record, exactly `bytes`; checks the CRC.
Result<RecordView> decode_record(base::ByteView bytes);

struct PackTrailer {
  std::uint32_t footer_bytes = 0;
  std::uint32_t footer_crc = 0;
};
base::Bytes encode_pack_trailer(const PackTrailer& trailer);    // 16 bytes
Result<PackTrailer> decode_pack_trailer(base::ByteView bytes);  // exactly 16 bytes

PackId pack_id_of(base::ByteView header, base::ByteView footer);

}  // namespace cairn::format
