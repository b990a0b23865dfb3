#include "base/bytes.hpp"

#include <gtest/gtest.h>

namespace cairn::base {
namespace {

TEST(Bytes, WriterIsLittleEndianAndReaderReadsItBack) {
  ChunkId id;
  id.bytes[31] = 7;
  ByteWriter writer;
  writer.u8(1);
  writer.u16(0x0203);
  writer.u32(0x04050607);
  writer.u64(0x08090A0B0C0D0E0F);
  writer.zeros(2);
  writer.text("ab");
  writer.id(id);
  EXPECT_EQ(to_hex(writer.view().first(19)),
            "01"
            "0302"
            "07060504"
            "0f0e0d0c0b0a0908"
            "0000"
            "6162");

  ByteReader reader(writer.view());
  EXPECT_EQ(reader.u8(), 1);
  EXPECT_EQ(reader.u16(), 0x0203);
  EXPECT_EQ(reader.u32(), 0x04050607U);
  EXPECT_EQ(reader.u64(), 0x08090A0B0C0D0E0FU);
  EXPECT_EQ(reader.u16(), 0);
  EXPECT_EQ(text_of(reader.raw(2)), "ab");
  EXPECT_FALSE(reader.done());
  EXPECT_EQ(reader.id<ChunkId>(), id);
  EXPECT_TRUE(reader.done());
}

TEST(Bytes, PatchOverwritesFourBytes) {
  ByteWriter writer;
  writer.text("....x");
  writer.patch_u32(0, 0x64636261);
  EXPECT_EQ(text_of(writer.view()), "abcdx");
}

TEST(Bytes, ReadPastTheEndGivesZeroAndStaysBad) {
  const Bytes three = {9, 9, 9};
  ByteReader reader(three);
  EXPECT_EQ(reader.u32(), 0U);
  EXPECT_FALSE(reader.ok());
  EXPECT_EQ(reader.at(), 0U);
  EXPECT_EQ(reader.u8(), 9);  // later reads go on, the verdict stays
  EXPECT_FALSE(reader.ok());
  EXPECT_FALSE(reader.done());
}

TEST(Bytes, EveryWidthIsBounded) {
  const Bytes seven(7, 0xFF);
  EXPECT_EQ(ByteReader(seven).u64(), 0U);
  EXPECT_EQ(ByteReader(ByteView(seven).first(1)).u16(), 0U);
  EXPECT_EQ(ByteReader(ByteView()).u8(), 0U);
  ByteReader ids(seven);
  EXPECT_TRUE(ids.id<PackId>().is_zero());
  EXPECT_FALSE(ids.ok());
}

TEST(Bytes, RawRejectsALengthThatWouldOverflow) {
  const Bytes four(4, 1);
  ByteReader reader(four);
  reader.u8();
  EXPECT_TRUE(reader.raw(SIZE_MAX).empty());
  EXPECT_FALSE(reader.ok());
}

TEST(Bytes, RawOfNothingAtTheEndIsFine) {
  ByteReader reader{ByteView()};
  EXPECT_TRUE(reader.raw(0).empty());
  EXPECT_TRUE(reader.done());
}

TEST(Bytes, HexRoundTrip) {
  const Bytes bytes = {0x00, 0x9A, 0xFF};
  EXPECT_EQ(to_hex(bytes), "009aff");
  Bytes back(3);
  EXPECT_TRUE(from_hex("009aff", back));
  EXPECT_EQ(back, bytes);
}

TEST(Bytes, HexRefusesOtherForms) {
  Bytes out(2);
  EXPECT_FALSE(from_hex("00ff0", out));   // odd
  EXPECT_FALSE(from_hex("00ff00", out));  // long
  EXPECT_FALSE(from_hex("00", out));      // short
  EXPECT_FALSE(from_hex("00FF", out));    // upper case
  EXPECT_FALSE(from_hex("0x12", out));
  EXPECT_TRUE(from_hex("", {}));
}

}  // namespace
}  // namespace cairn::base
