// Payloads of planes and difference, byte by byte, and everything their decoders refuse.
#include "codec/planes.hpp"

#include <gtest/gtest.h>

#include "codec/codec.hpp"
#include "unit/codec/codec_samples.hpp"

namespace cairn::codec {
namespace {

using base::Bytes;
using base::ByteView;

constexpr std::uint8_t kPlanes = 2;
constexpr std::uint8_t kDifference = 3;

// Two words of two bytes behind a head byte, one byte of tail: 6 bytes, all planes raw.
Bytes small_payload(std::uint8_t flags) {
  return {2,
          flags,
          0,
          2,
          0,
          0,
          0,
          0,
          2,
          0,
          0,
          0,
          /*planes*/ 0x11,
          0x22,
          0x33,
          0x44,
          /*head, tail*/ 0xaa,
          0xbb};
}
constexpr std::uint8_t kOneHeadByte = 1 << 1;
constexpr std::uint8_t kRotated = 1;

class PlanesTest : public testing::Test {
 protected:
  Status decode(ByteView payload, std::size_t plain_bytes, std::uint8_t codec = kPlanes,
                const std::vector<ByteView>& bases = {}) {
    plain_.assign(plain_bytes, 0xee);
    return decoder_.decode(codec, payload, plain_, bases);
  }
  void expect_corrupt(ByteView payload, std::size_t plain_bytes, std::string_view why,
                      std::uint8_t codec = kPlanes, const std::vector<ByteView>& bases = {}) {
    const Status status = decode(payload, plain_bytes, codec, bases);
    ASSERT_FALSE(status.ok()) << why;
    EXPECT_EQ(status.error().code(), Code::kCorrupt);
    EXPECT_NE(status.error().message().find(why), std::string::npos) << status.error().message();
  }
  Bytes plain_;
  Decoder decoder_;
};

TEST_F(PlanesTest, TheBytesOfThePage) {
  ASSERT_TRUE(decode(small_payload(kOneHeadByte), 6).ok());
  EXPECT_EQ(plain_, (Bytes{0xaa, 0x33, 0x11, 0x44, 0x22, 0xbb}));
  ASSERT_TRUE(decode(small_payload(kOneHeadByte | kRotated), 6).ok());
  // 0x1133 rotated right is 0x8899, 0x2244 is 0x1122.
  EXPECT_EQ(plain_, (Bytes{0xaa, 0x99, 0x88, 0x22, 0x11, 0xbb}));
}

TEST_F(PlanesTest, TheBytesOfADifference) {
  const Bytes base = {1, 0x00, 0x10, 0xff, 0xff, 9};
  ASSERT_TRUE(decode(small_payload(kOneHeadByte), 6, kDifference, {base}).ok());
  // z 0x1133 is d = -0x089a, z 0x2244 is d = +0x1122; head and tail are not differences.
  EXPECT_EQ(plain_, (Bytes{0xaa, 0x66, 0x07, 0x21, 0x11, 0xbb}));
}

TEST_F(PlanesTest, WhatIsEncodedComesBack) {
  ZstdCompressor zstd;
  PlanesEncoder encoder;
  const auto weights = sample_weights(20'000, 1);
  const auto later = trained_on(weights, 0.001F, 2);
  for (const std::uint8_t width : std::initializer_list<std::uint8_t>{1, 2, 4, 8}) {
    for (std::uint8_t head = 0; head < width; ++head) {
      const Bytes plain = fp32_bytes(later);
      const Bytes base = fp32_bytes(weights);
      const WordShape shape{width, head, width > 1};
      const auto direct = encoder.encode(plain, shape, std::nullopt, zstd);
      if (direct) {
        ASSERT_TRUE(decode(*direct, plain.size()).ok());
        EXPECT_EQ(plain_, plain);
      }
      const auto difference = encoder.encode(plain, {width, head, false}, ByteView(base), zstd);
      ASSERT_TRUE(difference.has_value());
      ASSERT_TRUE(decode(*difference, plain.size(), kDifference, {base}).ok());
      EXPECT_EQ(plain_, plain);
    }
  }
}

TEST_F(PlanesTest, NoWordsNoPlanes) {
  ZstdCompressor zstd;
  const Bytes three = {1, 2, 3};
  EXPECT_FALSE(PlanesEncoder().encode(three, {4, 0, false}, std::nullopt, zstd).has_value());
  EXPECT_FALSE(PlanesEncoder().encode({}, {1, 0, false}, std::nullopt, zstd).has_value());
  expect_corrupt(small_payload(kOneHeadByte), 2, "impossible word size or head");
  expect_corrupt(small_payload(0), 0, "impossible word size or head");
}

TEST_F(PlanesTest, EveryTruncationAndAnExtraByte) {
  const Bytes whole = small_payload(kOneHeadByte);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const Status status = decode(ByteView(whole).first(size), 6);
    ASSERT_FALSE(status.ok()) << size;
    EXPECT_EQ(status.error().code(), Code::kCorrupt) << size;
  }
  Bytes longer = whole;
  longer.push_back(0);
  expect_corrupt(longer, 6, "add up");
}

TEST_F(PlanesTest, UnknownFlagsAndMethodsAreTooNew) {
  for (int bit = 4; bit < 8; ++bit) {
    const Status status = decode(small_payload(static_cast<std::uint8_t>(2 | 1 << bit)), 6);
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().code(), Code::kTooNew);
  }
  Bytes other_method = small_payload(kOneHeadByte);
  other_method[7] = 2;
  const Status status = decode(other_method, 6);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code(), Code::kTooNew);
}

TEST_F(PlanesTest, ImpossibleShapes) {
  for (const std::uint8_t width : std::initializer_list<std::uint8_t>{0, 3, 5, 6, 7, 9, 16, 255}) {
    Bytes changed = small_payload(kOneHeadByte);
    changed[0] = width;
    expect_corrupt(changed, 6, "impossible word size or head");
  }
  expect_corrupt(small_payload(2 << 1), 6, "impossible word size or head");  // a head of a word
  expect_corrupt(small_payload(7 << 1), 6, "impossible word size or head");
}

TEST_F(PlanesTest, LengthsThatDoNotFit) {
  Bytes changed = small_payload(kOneHeadByte);
  changed[3] = 1;
  expect_corrupt(changed, 6, "raw plane of another length");
  expect_corrupt(small_payload(kOneHeadByte), 7, "another length");
  expect_corrupt(small_payload(kOneHeadByte), 5, "add up");
  changed = small_payload(kOneHeadByte);
  changed[2] = 1;
  changed[6] = 0xff;  // a stored length of 4 GiB
  expect_corrupt(changed, 6, "add up");
  changed[6] = 0;
  expect_corrupt(changed, 6, "zstd");  // two bytes are no frame
}

TEST_F(PlanesTest, AFrameOfAnotherLength) {
  ZstdCompressor zstd;
  Bytes frame(ZstdCompressor::bound(100));
  frame.resize(*zstd.compress(Bytes(100, 7), 1, frame));
  Bytes payload = {1, 0, 1, static_cast<std::uint8_t>(frame.size()), 0, 0, 0};
  payload.insert(payload.end(), frame.begin(), frame.end());
  ASSERT_TRUE(decode(payload, 100).ok());
  EXPECT_EQ(plain_, Bytes(100, 7));
  expect_corrupt(payload, 99, "another content size");
  expect_corrupt(payload, 101, "another content size");
}

TEST_F(PlanesTest, ADifferenceHasOneBaseOfItsLengthAndNoRotation) {
  const Bytes base(6);
  const Bytes payload = small_payload(kOneHeadByte);
  ASSERT_TRUE(decode(payload, 6, kDifference, {base}).ok());
  expect_corrupt(payload, 6, "exactly one base", kDifference);
  expect_corrupt(payload, 6, "exactly one base", kDifference, {base, base});
  expect_corrupt(payload, 6, "another length", kDifference, {ByteView(base).first(5)});
  expect_corrupt(payload, 6, "another length", kDifference, {Bytes(7)});
  expect_corrupt(small_payload(kOneHeadByte | kRotated), 6, "rotated", kDifference, {base});
}

}  // namespace
}  // namespace cairn::codec
