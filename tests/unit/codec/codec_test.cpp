// What the encoder chooses, that it comes back, and every payload that a decoder refuses.
#include "codec/codec.hpp"

#include <gtest/gtest.h>
#include <zstd.h>

#include <random>
#include <string>

#include "codec/zstd_frame.hpp"

namespace cairn::codec {
namespace {

using base::Bytes;
using base::ByteView;

constexpr auto kRaw = static_cast<std::uint8_t>(CodecId::kRaw);
constexpr auto kZstd = static_cast<std::uint8_t>(CodecId::kZstd);
constexpr std::size_t kMiB = std::size_t{1} << 20;

Bytes random_bytes(std::size_t size) {
  std::mt19937_64 random(20'240'603);
  Bytes bytes(size);
  for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
  return bytes;
}

Bytes text_bytes(std::size_t size) {
  std::string text;
  for (int row = 0; text.size() < size; ++row) {
    text += std::to_string(row) + ",item-" + std::to_string(row * 37 % 1'000) + ",in stock\n";
  }
  const ByteView view = base::view_of(text);
  return {view.begin(), view.begin() + static_cast<std::ptrdiff_t>(size)};
}

ByteView payload_of(const Encoded& encoded, ByteView plain) {
  return encoded.codec == CodecId::kRaw ? plain : ByteView(encoded.payload);
}

void expect_round_trip(ByteView plain, Effort effort, CodecId expected_codec) {
  Encoder encoder;
  const Encoded encoded = encoder.encode(plain, effort);
  EXPECT_EQ(encoded.codec, expected_codec) << plain.size() << " bytes";
  Bytes back(plain.size(), 0xee);
  Decoder decoder;
  const auto codec = static_cast<std::uint8_t>(encoded.codec);
  const Status status = decoder.decode(codec, payload_of(encoded, plain), back);
  ASSERT_TRUE(status.ok()) << status.error().message();
  EXPECT_TRUE(std::equal(plain.begin(), plain.end(), back.begin()));
}

TEST(CodecTest, Names) {
  EXPECT_EQ(codec_name(0), "raw");
  EXPECT_EQ(codec_name(1), "zstd");
  EXPECT_EQ(codec_name(2), "planes");
  EXPECT_EQ(codec_name(3), "difference");
  EXPECT_EQ(codec_name(4), "patch");
  EXPECT_EQ(codec_name(5), "codec 5");
  EXPECT_EQ(codec_name(255), "codec 255");
}

TEST(CodecTest, TextCompressesAtEveryEffort) {
  for (const Effort effort : {Effort::kFast, Effort::kNormal, Effort::kRepack}) {
    for (const std::size_t size : {std::size_t{200}, std::size_t{65'536}, kMiB}) {
      expect_round_trip(text_bytes(size), effort, CodecId::kZstd);
    }
  }
}

TEST(CodecTest, EffortsDiffer) {
  const Bytes plain = text_bytes(500'000);
  Encoder encoder;
  const auto size = [&](Effort effort) { return encoder.encode(plain, effort).payload.size(); };
  EXPECT_NE(size(Effort::kFast), size(Effort::kNormal));
  EXPECT_LT(size(Effort::kRepack), size(Effort::kNormal));
}

TEST(CodecTest, RandomStaysRawAndIsNotCopied) {
  for (const std::size_t size : {std::size_t{1}, std::size_t{100}, std::size_t{20'000}, kMiB}) {
    const Bytes plain = random_bytes(size);
    expect_round_trip(plain, Effort::kNormal, CodecId::kRaw);
    EXPECT_TRUE(Encoder().encode(plain, Effort::kNormal).payload.empty());
  }
}

TEST(CodecTest, NothingIsRaw) { expect_round_trip({}, Effort::kNormal, CodecId::kRaw); }

// Zeros at the end, 2 % and then 9 % of the bytes.
TEST(CodecTest, SmallSavingsStayRaw) {
  const auto with_zeros = [](std::size_t run) {
    Bytes bytes = random_bytes(40'000);
    std::fill(bytes.end() - static_cast<std::ptrdiff_t>(run), bytes.end(), std::uint8_t{0});
    return bytes;
  };
  expect_round_trip(with_zeros(40'000 / 50), Effort::kNormal, CodecId::kRaw);
  expect_round_trip(with_zeros(40'000 / 11), Effort::kNormal, CodecId::kZstd);
}

// High order-0 entropy alone must not decide: these bytes are random, but they repeat.
TEST(CodecTest, RepeatedRandomBytesCompress) {
  const Bytes block = random_bytes(2'048);
  Bytes plain;
  while (plain.size() < 200'000) plain.insert(plain.end(), block.begin(), block.end());
  expect_round_trip(plain, Effort::kNormal, CodecId::kZstd);
}

TEST(CodecTest, ObjectsAreReusedAndMoved) {
  Encoder first;
  Decoder decoder;
  const Bytes large = text_bytes(300'000);
  const Bytes small = text_bytes(500);
  ASSERT_EQ(first.encode(large, Effort::kRepack).codec, CodecId::kZstd);
  Encoder second = std::move(first);
  const Encoded encoded = second.encode(small, Effort::kNormal);
  EXPECT_EQ(encoded.payload, Encoder().encode(small, Effort::kNormal).payload);
  Decoder moved = std::move(decoder);
  Bytes back(small.size());
  ASSERT_TRUE(moved.decode(kZstd, encoded.payload, back).ok());
  EXPECT_EQ(back, small);
}

// ---- refusals
// ------------------------------------------------------------------------------------

class RefusalTest : public testing::Test {
 protected:
  // Frame header of 60,000 bytes in one segment: magic 0-3, descriptor 4, content size 5-6.
  static constexpr std::size_t kDescriptor = 4;
  static constexpr std::size_t kSingleSegment = 0x20;

  RefusalTest() : plain_(text_bytes(60'000)) {
    frame_ = Encoder().encode(plain_, Effort::kNormal).payload;
    EXPECT_EQ(frame_[kDescriptor], 0x60);  // two-byte content size, one segment, nothing else
  }

  Status decode(ByteView payload, std::size_t plain_bytes, std::uint8_t codec = kZstd) {
    out_.resize(plain_bytes);
    return decoder_.decode(codec, payload, out_);
  }
  void expect_refused(ByteView payload, std::string_view why) {
    expect_refused(payload, plain_.size(), why);
  }
  void expect_refused(ByteView payload, std::size_t plain_bytes, std::string_view why,
                      std::uint8_t codec = kZstd) {
    const Status status = decode(payload, plain_bytes, codec);
    ASSERT_FALSE(status.ok()) << why;
    EXPECT_EQ(status.error().code(), Code::kCorrupt);
    EXPECT_NE(status.error().message().find(why), std::string::npos) << status.error().message();
  }
  // The same frame with a window descriptor: windows of 1 KiB << exponent.
  Bytes with_window(unsigned exponent) {
    Bytes changed = frame_;
    changed[kDescriptor] = static_cast<std::uint8_t>(changed[kDescriptor] & ~kSingleSegment);
    changed.insert(changed.begin() + kDescriptor + 1, static_cast<std::uint8_t>(exponent << 3));
    return changed;
  }

  Bytes plain_;
  Bytes frame_;
  Bytes out_;
  Decoder decoder_;  // one for all refusals of a test: none may spoil it
};

TEST_F(RefusalTest, TheFrameItselfIsFine) {
  ASSERT_TRUE(decode(frame_, plain_.size()).ok());
  EXPECT_EQ(out_, plain_);
}

TEST_F(RefusalTest, RawOfAnotherLength) {
  expect_refused(plain_, plain_.size() - 1, "another length", kRaw);
  expect_refused(plain_, plain_.size() + 1, "another length", kRaw);
}

TEST_F(RefusalTest, UnknownCodecsAreTooNew) {
  for (const int codec : {5, 255}) {
    const Status status = decode(frame_, plain_.size(), static_cast<std::uint8_t>(codec));
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().code(), Code::kTooNew);
    const auto name = codec_name(static_cast<std::uint8_t>(codec));
    EXPECT_NE(status.error().message().find(name), std::string::npos);
  }
}

TEST_F(RefusalTest, EveryTruncation) {
  expect_refused({}, "no complete frame header");
  expect_refused(ByteView(frame_).first(6), "no complete frame header");
  expect_refused(ByteView(frame_).first(7), "cut short");
  expect_refused(ByteView(frame_).first(frame_.size() - 1), "cut short");
  for (std::size_t size = 0; size < frame_.size(); ++size) {
    const Status status = decode(ByteView(frame_).first(size), plain_.size());
    ASSERT_FALSE(status.ok()) << size;
    ASSERT_EQ(status.error().code(), Code::kCorrupt) << size;
  }
}

TEST_F(RefusalTest, BytesLeftOver) {
  Bytes longer = frame_;
  longer.push_back(0);
  expect_refused(longer, "bytes follow");
}

TEST_F(RefusalTest, ConcatenatedFrames) {
  // Two frames of half the plain bytes: plain zstd would accept them.
  const ByteView plain(plain_);
  Bytes both = Encoder().encode(plain.first(30'000), Effort::kNormal).payload;
  const Bytes second = Encoder().encode(plain.subspan(30'000), Effort::kNormal).payload;
  both.insert(both.end(), second.begin(), second.end());
  ASSERT_EQ(ZSTD_decompress(plain_.data(), plain_.size(), both.data(), both.size()), 60'000u);
  expect_refused(both, "another content size");
  expect_refused(both, 30'000, "bytes follow");

  // An empty frame behind the whole one.
  const Bytes empty = {0x28, 0xb5, 0x2f, 0xfd, 0x20, 0x00, 0x01, 0x00, 0x00};
  both = frame_;
  both.insert(both.end(), empty.begin(), empty.end());
  expect_refused(both, "bytes follow");
}

TEST_F(RefusalTest, WrongContentSize) {
  expect_refused(frame_, plain_.size() - 1, "another content size");
  expect_refused(frame_, plain_.size() + 1, "another content size");
  expect_refused(frame_, 0, "another content size");
}

TEST_F(RefusalTest, ContentSizeThatIsALie) {
  for (const int by : {-1, 1}) {
    Bytes changed = frame_;
    changed[kDescriptor + 1] = static_cast<std::uint8_t>(changed[kDescriptor + 1] + by);
    const auto claimed = plain_.size() + static_cast<std::size_t>(by);
    expect_refused(changed, claimed, "bad zstd payload");
  }
}

TEST_F(RefusalTest, NoContentSize) {
  Bytes changed(ZSTD_compressBound(plain_.size()));
  ZSTD_CCtx* context = ZSTD_createCCtx();
  ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, 0);
  changed.resize(ZSTD_compress2(context, changed.data(), changed.size(), plain_.data(), 60'000));
  ZSTD_freeCCtx(context);
  expect_refused(changed, "does not name its content size");
}

TEST_F(RefusalTest, DictionaryId) {
  Bytes changed = frame_;
  changed[kDescriptor] = static_cast<std::uint8_t>(changed[kDescriptor] | 1);  // one-byte id
  changed.insert(changed.begin() + kDescriptor + 1, 7);
  expect_refused(changed, "dictionary");
}

TEST_F(RefusalTest, LargeWindow) {
  ASSERT_TRUE(decode(with_window(11), plain_.size()).ok());  // 2 MiB
  EXPECT_EQ(out_, plain_);
  for (const unsigned exponent : {12u, 17u, 21u}) {  // 4 MiB, 128 MiB, 2 GiB
    expect_refused(with_window(exponent), "window above 2 MiB");
  }
  EXPECT_FALSE(decode(with_window(31), plain_.size()).ok());  // 2 TiB: zstd itself refuses
}

TEST_F(RefusalTest, WindowByContentSize) {
  // One segment of 1 GiB: its window is its content size.
  const Bytes bomb = {0x28, 0xb5, 0x2f, 0xfd, 0xa0, 0x00, 0x00, 0x00, 0x40, 0x03, 0x00, 0x00, 0x41};
  expect_refused(bomb, "another content size");
  const Status status = check_zstd_frame(bomb, std::size_t{1} << 30);
  ASSERT_FALSE(status.ok());
  EXPECT_NE(status.error().message().find("window above 2 MiB"), std::string::npos);
}

TEST_F(RefusalTest, SkippableFrame) {
  const Bytes skippable = {0x50, 0x2a, 0x4d, 0x18, 0x03, 0x00, 0x00, 0x00, 1, 2, 3};
  expect_refused(skippable, 3, "skippable");
}

TEST_F(RefusalTest, OtherMagic) {
  Bytes changed = frame_;
  for (const int version : {0x22, 0x25, 0x27}) {  // zstd 0.2, 0.5, 0.7
    changed[0] = static_cast<std::uint8_t>(version);
    expect_refused(changed, "no complete frame header");
  }
}

TEST_F(RefusalTest, ReservedBit) {
  Bytes changed = frame_;
  changed[kDescriptor] = static_cast<std::uint8_t>(changed[kDescriptor] | 0x08);
  expect_refused(changed, "bad zstd payload");
}

// A flipped bit may decode to other bytes (the chunk's hash is the guard) but never writes outside.
TEST_F(RefusalTest, FlippedBitsAreHarmless) {
  for (std::size_t bit = 0; bit < frame_.size() * 8; bit += 17) {
    Bytes changed = frame_;
    changed[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
    const Status status = decode(changed, plain_.size());
    ASSERT_TRUE(status.ok() || status.error().code() == Code::kCorrupt) << "bit " << bit;
  }
}

TEST_F(RefusalTest, ADecoderSurvivesARefusal) {
  Decoder decoder;
  Bytes out(plain_.size());
  EXPECT_FALSE(decoder.decode(kZstd, ByteView(frame_).first(100), out).ok());
  Bytes broken = frame_;
  broken[frame_.size() / 2] ^= 0x55;
  [[maybe_unused]] const bool either = decoder.decode(kZstd, broken, out).ok();
  ASSERT_TRUE(decoder.decode(kZstd, frame_, out).ok());
  EXPECT_EQ(out, plain_);
}

}  // namespace
}  // namespace cairn::codec
