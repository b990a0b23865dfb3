// Headers, records and trailers of packs: what comes back, and every rule that a reader holds.
#include "format/pack.hpp"

#include "unit/format/refusals.hpp"

namespace cairn::format {
namespace {

using base::Bytes;
using base::ByteView;

Bytes sample_header() {
  PackHeader header;
  header.kind = PackKind::kMeta;
  for (std::size_t i = 0; i < 16; ++i) header.salt[i] = static_cast<std::uint8_t>(i);
  return encode_pack_header(header);
}
// With the header's checksum made right again, so that the rule itself refuses.
template <typename T>
Bytes header_with(std::size_t at, T value) {
  return with_crc(patched(sample_header(), at, value), 60, 0, 60);
}

TEST(PackHeader, ComesBack) {
  const auto back = decode_pack_header(sample_header());
  ASSERT_TRUE(accepted(back));
  EXPECT_EQ(back->kind, PackKind::kMeta);
  EXPECT_EQ(back->salt[15], 15);
  EXPECT_TRUE(accepted(decode_pack_header(joined(sample_header(), Bytes(9)))));
}

TEST(PackHeader, RefusesDamage) {
  expect_truncations_refused(sample_header(), decode_pack_header);
  expect_flips_refused(sample_header(), decode_pack_header);
}

TEST(PackHeader, RefusesWhatIsNewer) {
  EXPECT_TRUE(too_new(decode_pack_header(header_with(8, std::uint16_t{2})), "version 2"));
  EXPECT_TRUE(too_new(decode_pack_header(header_with(10, std::uint8_t{2})), "digest 2"));
  EXPECT_TRUE(too_new(decode_pack_header(header_with(11, std::uint8_t{3})), "kind 3"));
  EXPECT_TRUE(too_new(decode_pack_header(header_with(11, std::uint8_t{0})), "kind 0"));
  EXPECT_TRUE(too_new(decode_pack_header(header_with(12, std::uint8_t{1})), "cipher 1"));
  EXPECT_TRUE(too_new(decode_pack_header(header_with(23, std::uint8_t{128})),
                      "features 0x8000000000000000"));
}

TEST(PackHeader, RefusesReservedBytes) {
  for (const std::size_t at : {13, 15, 56, 59}) {
    EXPECT_TRUE(corrupt(decode_pack_header(header_with(at, std::uint8_t{1})), "reserved")) << at;
  }
  for (const std::size_t at : {24, 39}) {
    EXPECT_TRUE(corrupt(decode_pack_header(header_with(at, std::uint8_t{1})), "key id")) << at;
  }
}

const Bytes kPayload = {1, 2, 3, 4, 5, 6, 7};

RecordHeader sample_record(std::uint8_t codec) {
  RecordHeader header;
  header.codec = codec;
  header.plain_bytes = 7;
  header.chunk_lengths = {3, 4};
  return header;
}
Bytes encoded(RecordHeader header, ByteView payload) {
  Bytes bytes = encode_record_header(header, payload);
  return joined(std::move(bytes), payload);
}
Bytes sample_patch_record() {
  RecordHeader header = sample_record(4);
  header.bases = {sample_id<ChunkId>("base 1"), sample_id<ChunkId>("base 2")};
  return encoded(header, ByteView(kPayload).first(5));
}
// With the record's checksum made right again.
template <typename T>
Bytes record_with(Bytes bytes, std::size_t at, T value) {
  bytes = patched(std::move(bytes), at, value);
  const ByteView view(bytes);
  const std::uint32_t crc = crypto::crc32c_extend(crypto::crc32c(view.first(20)), view.subspan(24));
  return patched(std::move(bytes), 20, crc);
}

TEST(Record, ComesBack) {
  const Bytes bytes = sample_patch_record();
  const auto back = decode_record(bytes);
  ASSERT_TRUE(accepted(back));
  EXPECT_EQ(back->header.codec, 4);
  EXPECT_EQ(back->header.plain_bytes, 7U);
  EXPECT_EQ(back->header.payload_bytes, 5U);
  EXPECT_EQ(back->header.chunk_lengths, (std::vector<std::uint32_t>{3, 4}));
  EXPECT_EQ(back->header.bases[1], sample_id<ChunkId>("base 2"));
  EXPECT_EQ(back->header.record_bytes(), bytes.size());
  EXPECT_EQ(Bytes(back->payload.begin(), back->payload.end()), (Bytes{1, 2, 3, 4, 5}));
}

TEST(Record, TheHeaderIsReadBeforeThePayloadArrives) {
  const Bytes bytes = sample_patch_record();
  const auto whole = decode_record_header(bytes);
  ASSERT_TRUE(accepted(whole));
  EXPECT_TRUE(accepted(decode_record_header(ByteView(bytes).first(whole->header_bytes()))));
  for (std::size_t size = 0; size < whole->header_bytes(); ++size) {
    EXPECT_TRUE(corrupt(decode_record_header(ByteView(bytes).first(size)), "")) << size;
  }
}

TEST(Record, RefusesDamage) {
  expect_truncations_refused(sample_patch_record(), decode_record);
  expect_flips_refused(sample_patch_record(), decode_record);
  EXPECT_TRUE(corrupt(decode_record(joined(sample_patch_record(), Bytes(1))), "checksum"));
  EXPECT_TRUE(corrupt(
      decode_record(record_with(joined(sample_patch_record(), Bytes(1)), 5, std::uint8_t{0})),
      "its length is not what its header says"));
}

TEST(Record, RefusesUnknownFlagsAsNewerAndReservedBytes) {
  const Bytes raw = encoded(sample_record(0), kPayload);
  EXPECT_TRUE(accepted(decode_record(raw)));
  EXPECT_TRUE(too_new(decode_record(record_with(raw, 5, std::uint8_t{1})), "flags"));
  EXPECT_TRUE(corrupt(decode_record(record_with(raw, 7, std::uint8_t{1})), "reserved"));
}

TEST(Record, LeavesUnknownCodecsToTheDecoderOfPayloads) {
  RecordHeader header = sample_record(9);
  EXPECT_TRUE(accepted(decode_record(encoded(header, kPayload))));
  header.bases = {sample_id<ChunkId>("base")};
  EXPECT_TRUE(accepted(decode_record(encoded(header, kPayload))));
}

TEST(Record, HoldsTheBaseCountOfEachCodec) {
  for (std::uint8_t codec = 0; codec <= 4; ++codec) {
    RecordHeader header;
    header.codec = codec;
    header.plain_bytes = 7;
    header.chunk_lengths = {7};
    const bool needs = codec >= 3;
    EXPECT_EQ(decode_record(encoded(header, kPayload)).ok(), !needs) << int{codec};
    header.bases.resize(1);
    EXPECT_EQ(decode_record(encoded(header, kPayload)).ok(), needs) << int{codec};
    for (const std::size_t several : {2, 8}) {
      header.bases.resize(several);
      EXPECT_EQ(decode_record(encoded(header, kPayload)).ok(), codec == 4) << int{codec};
    }
    header.bases.resize(9);
    EXPECT_TRUE(corrupt(decode_record(encoded(header, kPayload)), "more than 8 bases"))
        << int{codec};
  }
}

TEST(Record, HoldsTheChunkCountOfEachCodec) {
  for (std::uint8_t codec = 0; codec <= 4; ++codec) {
    RecordHeader header = sample_record(codec);
    if (codec >= 3) header.bases.resize(1);
    const bool one_only = codec == 2 || codec == 3;
    EXPECT_EQ(decode_record(encoded(header, kPayload)).ok(), !one_only) << int{codec};
  }
  RecordHeader header = sample_record(0);
  header.chunk_lengths.clear();
  EXPECT_TRUE(corrupt(decode_record(encoded(header, kPayload)), "chunk count"));
  const Bytes plain(4097);
  header.plain_bytes = 4096;
  header.chunk_lengths.assign(4096, 1);
  EXPECT_TRUE(accepted(decode_record(encoded(header, ByteView(plain).first(4096)))));
  header.plain_bytes = 4097;
  header.chunk_lengths.assign(4097, 1);
  EXPECT_TRUE(corrupt(decode_record(encoded(header, plain)), "chunk count"));
}

TEST(Record, HoldsTheLengths) {
  RecordHeader header = sample_record(1);
  header.chunk_lengths = {0, 7};
  EXPECT_TRUE(corrupt(decode_record(encoded(header, kPayload)), "a chunk of no bytes"));
  header.chunk_lengths = {3, 5};
  EXPECT_TRUE(corrupt(decode_record(encoded(header, kPayload)), "add up"));
  header.chunk_lengths = {0xFFFFFFFF, 8};  // 7 modulo 2^32
  EXPECT_TRUE(corrupt(decode_record(encoded(header, kPayload)), "add up"));
  header.chunk_lengths = {3, 4};
  EXPECT_TRUE(corrupt(decode_record(encoded(header, {})), "payload"));
  EXPECT_TRUE(corrupt(decode_record(encoded(header, joined(kPayload, kPayload))), "payload"));
  header.codec = 0;
  EXPECT_TRUE(corrupt(decode_record(encoded(header, ByteView(kPayload).first(6))), "raw payload"));
}

TEST(Record, HoldsTheLargestPlainLength) {
  const Bytes plain(kMaxRecordPlainBytes + 1);
  RecordHeader header;
  header.chunk_lengths = {static_cast<std::uint32_t>(plain.size() - 1)};
  header.plain_bytes = header.chunk_lengths[0];
  EXPECT_TRUE(accepted(decode_record(encoded(header, ByteView(plain).first(plain.size() - 1)))));
  header.chunk_lengths = {static_cast<std::uint32_t>(plain.size())};
  header.plain_bytes = header.chunk_lengths[0];
  EXPECT_TRUE(corrupt(decode_record(encoded(header, plain)), "plain length"));
  header.plain_bytes = 0;
  EXPECT_TRUE(corrupt(decode_record(encoded(header, plain)), "plain length"));
}

TEST(PackTrailer, ComesBackAndRefusesDamage) {
  const Bytes bytes = encode_pack_trailer({76, 0xABCD1234});
  const auto back = decode_pack_trailer(bytes);
  ASSERT_TRUE(accepted(back));
  EXPECT_EQ(back->footer_bytes, 76U);
  EXPECT_EQ(back->footer_crc, 0xABCD1234U);
  expect_truncations_refused(bytes, decode_pack_trailer);
  expect_flips_refused(bytes, decode_pack_trailer);
  EXPECT_TRUE(corrupt(decode_pack_trailer(joined(bytes, Bytes(1))), "no trailer"));
}

TEST(PackId, IsTheDigestOfHeaderAndFooter) {
  const Bytes header = sample_header();
  const Bytes footer = {1, 2, 3};
  EXPECT_EQ(pack_id_of(header, footer), crypto::sha256(joined(header, footer)).as<PackId>());
}

}  // namespace
}  // namespace cairn::format
