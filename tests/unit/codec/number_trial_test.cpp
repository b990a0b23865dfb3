// Numbers found in bytes of which nothing is known.
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <functional>
#include <random>
#include <string>

#include "codec/codec.hpp"
#include "unit/codec/codec_samples.hpp"

namespace cairn::codec {
namespace {

using base::Bytes;

constexpr std::size_t kBytes = std::size_t{1} << 20;

template <typename Number>
Bytes column(const std::function<Number(std::mt19937_64&)>& next) {
  std::mt19937_64 random(1);
  Bytes out(kBytes);
  for (std::size_t at = 0; at < out.size(); at += sizeof(Number)) {
    const Number number = next(random);
    std::memcpy(out.data() + at, &number, sizeof number);
  }
  return out;
}

Bytes int_column() {
  std::normal_distribution<double> normal(1'000'000, 3'000);
  return column<std::int32_t>(
      [&](auto& random) { return static_cast<std::int32_t>(std::lround(normal(random))); });
}

TEST(NumberTrialTest, IntegersOfAColumn) {
  Encoder encoder;
  const Bytes plain = int_column();
  const auto words = encoder.find_words(plain);
  ASSERT_TRUE(words.has_value());
  EXPECT_EQ(words->word_bytes, 4);
  EXPECT_FALSE(words->rotate);
  const auto planes = encoder.encode(plain, Effort::kNormal, {.found = words});
  const auto zstd = encoder.encode(plain, Effort::kNormal);
  EXPECT_EQ(planes.codec, CodecId::kPlanes);
  EXPECT_LT(planes.payload.size() * 10, zstd.payload.size() * 9);
  Bytes back(plain.size());
  ASSERT_TRUE(Decoder().decode(2, planes.payload, back).ok());
  EXPECT_EQ(back, plain);
}

// zstd finds nothing in them but the frequencies of bytes.
TEST(NumberTrialTest, WeightsOfNoKnownFormat) {
  Encoder encoder;
  std::normal_distribution<float> weight(0, 0.02F);
  const Bytes plain = column<float>([&](auto& random) { return weight(random); });
  const auto words = encoder.find_words(plain);
  ASSERT_TRUE(words.has_value());
  EXPECT_EQ(words->word_bytes, 4);
  const auto planes = encoder.encode(plain, Effort::kNormal, {.found = words});
  const auto zstd = encoder.encode(plain, Effort::kNormal);
  EXPECT_LT(planes.payload.size() * 100, zstd.payload.size() * 95);
}

TEST(NumberTrialTest, WhereverTheyBegin) {
  Bytes plain = int_column();
  plain.insert(plain.begin(), 3, 0);
  EXPECT_TRUE(Encoder().find_words(plain).has_value());
}

TEST(NumberTrialTest, RecordsThatRepeatAreLeftToZstd) {
  std::mt19937_64 random(2);
  std::vector<std::array<std::uint64_t, 5>> kinds(50);
  for (auto& kind : kinds) {
    for (auto& word : kind) word = random();
  }
  Bytes plain;
  while (plain.size() < kBytes) {
    const auto& kind = kinds[random() % kinds.size()];
    plain.resize(plain.size() + sizeof kind);
    std::memcpy(plain.data() + plain.size() - sizeof kind, kind.data(), sizeof kind);
  }
  EXPECT_FALSE(Encoder().find_words(plain).has_value());
}

TEST(NumberTrialTest, TextNoiseAndShortRegions) {
  Encoder encoder;
  std::string rows;
  while (rows.size() < kBytes)
    rows += std::to_string(rows.size() * 7'919 % 100'003) + ",\xc3\xa4\n";
  EXPECT_FALSE(encoder.find_words(base::view_of(rows)));
  EXPECT_FALSE(encoder.find_words(
      column<std::uint64_t>([](auto& random) { return std::uint64_t{random()}; })));
  EXPECT_FALSE(encoder.find_words(Bytes(kBytes, 0)));
  const Bytes plain = int_column();
  EXPECT_FALSE(encoder.find_words(base::ByteView(plain).first(100'000)));
  EXPECT_FALSE(encoder.find_words({}));
}

}  // namespace
}  // namespace cairn::codec
