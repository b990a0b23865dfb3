// The look before compressing: entropy of a sample, and where the sample comes from.
#include "codec/sample.hpp"

#include <gtest/gtest.h>

#include <numeric>

namespace cairn::codec {
namespace {

using base::Bytes;

TEST(SampleTest, EntropyOfKnownDistributions) {
  EXPECT_EQ(entropy_bits({}), 0);
  EXPECT_EQ(entropy_bits(Bytes(1'000, 7)), 0);
  const Bytes two = {0, 1, 0, 1, 1, 0};
  EXPECT_NEAR(entropy_bits(two), 1, 1e-9);
  const Bytes uneven = {9, 1, 9, 9};  // 3/4 and 1/4
  EXPECT_NEAR(entropy_bits(uneven), 0.811278, 1e-6);
  Bytes all(256);
  std::iota(all.begin(), all.end(), std::uint8_t{0});
  EXPECT_NEAR(entropy_bits(all), 8, 1e-9);
}

TEST(SampleTest, ShortInputIsItsOwnSample) {
  Bytes plain(kSampleCount * kSampleBytes);
  std::iota(plain.begin(), plain.end(), std::uint8_t{0});
  EXPECT_EQ(take_sample(plain), plain);
  EXPECT_TRUE(take_sample({}).empty());
}

TEST(SampleTest, PiecesReachFromTheFirstToTheLastByte) {
  Bytes plain(100'000, 5);
  plain.front() = 1;
  plain.back() = 9;
  const Bytes sample = take_sample(plain);
  ASSERT_EQ(sample.size(), kSampleCount * kSampleBytes);
  EXPECT_EQ(sample.front(), 1);
  EXPECT_EQ(sample.back(), 9);
  const Bytes even(kSampleCount * kSampleBytes + 1, 3);
  EXPECT_EQ(take_sample(even).size(), kSampleCount * kSampleBytes);
}

}  // namespace
}  // namespace cairn::codec
