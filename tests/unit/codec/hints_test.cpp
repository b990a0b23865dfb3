// What the encoder chooses when it knows more than the bytes.
#include <gtest/gtest.h>

#include <random>

#include "codec/codec.hpp"
#include "unit/codec/codec_samples.hpp"

namespace cairn::codec {
namespace {

using base::Bytes;
using base::ByteView;

constexpr WordShape kBf16{2, 0, true};
constexpr WordShape kFp32{4, 0, true};

struct Stored {
  CodecId codec;
  double share;
};

Stored stored(const Bytes& plain, const EncodeHints& hints) {
  const Encoded encoded = Encoder().encode(plain, Effort::kNormal, hints);
  std::vector<ByteView> bases;
  if (encoded.codec == CodecId::kDifference) bases = {*hints.twin};
  if (encoded.codec == CodecId::kPatch) bases.assign(hints.bases.begin(), hints.bases.end());
  const ByteView payload = encoded.codec == CodecId::kRaw ? ByteView(plain) : encoded.payload;
  Bytes back(plain.size());
  EXPECT_TRUE(
      Decoder().decode(static_cast<std::uint8_t>(encoded.codec), payload, back, bases).ok());
  EXPECT_EQ(back, plain);
  return {encoded.codec, static_cast<double>(payload.size()) / static_cast<double>(plain.size())};
}

TEST(HintsTest, WeightsBecomePlanes) {
  const auto weights = sample_weights(262'144, 1);
  const Stored half = stored(bf16_bytes(weights), {.words = kBf16});
  EXPECT_EQ(half.codec, CodecId::kPlanes);
  EXPECT_LT(half.share, 0.68);
  const Stored full = stored(fp32_bytes(weights), {.words = kFp32});
  EXPECT_EQ(full.codec, CodecId::kPlanes);
  EXPECT_LT(full.share, 0.85);
}

TEST(HintsTest, TrainedWeightsBecomeADifference) {
  const auto before = sample_weights(262'144, 1);
  const Bytes base = bf16_bytes(before);
  const Bytes plain = bf16_bytes(trained_on(before, 0.002F, 2));
  const Stored next = stored(plain, {.words = kBf16, .twin = ByteView(base)});
  EXPECT_EQ(next.codec, CodecId::kDifference);
  EXPECT_LT(next.share, 0.25);
}

TEST(HintsTest, UnrelatedWeightsStayPlanes) {
  const Bytes base = fp32_bytes(sample_weights(100'000, 3));
  const Bytes plain = fp32_bytes(sample_weights(100'000, 4));
  EXPECT_EQ(stored(plain, {.words = kFp32, .twin = ByteView(base)}).codec, CodecId::kPlanes);
}

TEST(HintsTest, NoiseStaysRawWhateverTheHint) {
  std::mt19937_64 random(5);
  Bytes noise(200'000);
  for (auto& byte : noise) byte = static_cast<std::uint8_t>(random());
  Bytes other = noise;
  for (auto& byte : other) byte = static_cast<std::uint8_t>(random());
  const ByteView bases[] = {other};
  EXPECT_EQ(stored(noise, {.words = kFp32, .twin = ByteView(other), .bases = bases}).codec,
            CodecId::kRaw);
}

TEST(HintsTest, CountersWithRepeatsStayZstd) {
  Bytes counters;
  for (std::uint64_t i = 0; i < 20'000; ++i) {
    const std::uint64_t value = 1'600'000'000 + i / 100;
    const auto* const bytes = reinterpret_cast<const std::uint8_t*>(&value);
    counters.insert(counters.end(), bytes, bytes + 8);
  }
  EXPECT_EQ(stored(counters, {.words = WordShape{8, 0, false}}).codec, CodecId::kZstd);
}

TEST(HintsTest, AnEditedTableBecomesAPatch) {
  std::string text;
  std::mt19937_64 random(6);
  while (text.size() < 300'000) text += std::to_string(random() % 1'000'000) + ",row\n";
  const Bytes base(text.begin(), text.end());
  for (const std::size_t at : {10'000U, 150'000U, 299'000U}) text[at] = '!';
  text.insert(70'000, "a new row\n");
  const ByteView bases[] = {ByteView(base).first(100'000), ByteView(base).subspan(100'000)};
  const Stored patch = stored(Bytes(text.begin(), text.end()), {.bases = bases});
  EXPECT_EQ(patch.codec, CodecId::kPatch);
  EXPECT_LT(patch.share, 0.001);
}

TEST(HintsTest, AShapeThatDoesNotFitIsOnlyAHint) {
  const Bytes tiny = {1, 2, 3};
  EXPECT_EQ(stored(tiny, {.words = kFp32}).codec, CodecId::kRaw);
  EXPECT_EQ(stored({}, {.words = kFp32}).codec, CodecId::kRaw);
  EXPECT_EQ(stored(Bytes(5'000, 7), {.words = WordShape{3, 0, false}}).codec, CodecId::kZstd);
  EXPECT_EQ(stored(Bytes(5'000, 7), {.words = WordShape{2, 5, false}}).codec, CodecId::kZstd);
}

TEST(HintsTest, ZerosCostNearlyNothing) {
  EXPECT_LT(stored(Bytes(1'000'000), {.words = kFp32}).share, 0.001);
}

}  // namespace
}  // namespace cairn::codec
