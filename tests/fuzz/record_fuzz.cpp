// Records, and the headers and trailers of packs: what is accepted is what would be written again.
#include "format/pack.hpp"
#include "fuzzing.hpp"

namespace {

using namespace cairn;

void decode(const base::Bytes& bytes) {
  if (const auto header = format::decode_record_header(bytes); header.ok()) {
    fuzz::require(header->header_bytes() <= bytes.size(), "a header inside the bytes");
  }
  const auto record = format::decode_record(bytes);
  if (!record.ok()) return;
  format::RecordHeader header = record->header;
  base::Bytes again = format::encode_record_header(header, record->payload);
  again.insert(again.end(), record->payload.begin(), record->payload.end());
  fuzz::require(again == bytes && header.crc == record->header.crc, "the same record");
}

void decode_ends(base::Bytes bytes) {
  if (bytes.size() > 64) bytes.resize(64);
  fuzz::seal_crc(bytes, 60, 0, 60);
  const auto header = format::decode_pack_header(bytes);
  fuzz::require(!header.ok() || format::encode_pack_header(*header) == bytes, "the same header");
  if (bytes.size() > 16) bytes.resize(16);
  fuzz::seal_crc(bytes, 8, 0, 8);
  const auto trailer = format::decode_pack_trailer(bytes);
  fuzz::require(!trailer.ok() || format::encode_pack_trailer(*trailer) == bytes,
                "the same trailer");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size_bytes) {
  base::Bytes bytes(data, data + size_bytes);
  decode(bytes);
  decode_ends(bytes);
  if (bytes.size() < 24) return 0;
  const base::ByteView view(bytes);
  const std::uint32_t crc = crypto::crc32c_extend(crypto::crc32c(view.first(20)), view.subspan(24));
  std::memcpy(&bytes[20], &crc, 4);
  decode(bytes);
  return 0;
}
