// CRC-32C against RFC 3720 B.4, and the instruction against the table.
#include "crypto/crc32c.hpp"

#include <gtest/gtest.h>

#include <numeric>
#include <random>

#include "crypto/crc32c_detail.hpp"

namespace cairn::crypto {
namespace {

using base::ByteView;

constexpr std::uint64_t kSeed = 20'240'602;

std::uint32_t by_table(ByteView bytes) { return detail::crc32c_extend_by_table(0, bytes); }

void expect_crc(ByteView bytes, std::uint32_t expected) {
  EXPECT_EQ(crc32c(bytes), expected);
  EXPECT_EQ(by_table(bytes), expected);
}

TEST(Crc32cTest, PublishedVectors) {
  expect_crc({}, 0);
  expect_crc(base::view_of("123456789"), 0xe3069283);
  expect_crc(base::Bytes(32, 0x00), 0x8a9136aa);
  expect_crc(base::Bytes(32, 0xff), 0x62a8ab43);
  base::Bytes counting(32);
  std::iota(counting.begin(), counting.end(), std::uint8_t{0});
  expect_crc(counting, 0x46dd794e);
  expect_crc(base::Bytes(counting.rbegin(), counting.rend()), 0x113fdb5c);
}

// Lengths on both sides of the three lanes, at every alignment, whole and in two parts.
TEST(Crc32cTest, InstructionEqualsTable) {
  std::mt19937_64 random(kSeed);
  base::Bytes pool(32'768);
  for (auto& byte : pool) byte = static_cast<std::uint8_t>(random());
  for (int i = 0; i < 20'000; ++i) {
    const std::size_t length = random() % (i % 4 == 0 ? 16'384 : 64);
    const ByteView bytes = ByteView(pool).subspan(random() % (pool.size() - length), length);
    const std::size_t split = random() % (length + 1);
    ASSERT_EQ(crc32c(bytes), by_table(bytes)) << "seed " << kSeed << " case " << i;
    const std::uint32_t head = crc32c(bytes.first(split));
    ASSERT_EQ(crc32c_extend(head, bytes.subspan(split)), by_table(bytes))
        << "seed " << kSeed << " case " << i;
    ASSERT_EQ(detail::crc32c_extend_by_table(head, bytes.subspan(split)), by_table(bytes))
        << "seed " << kSeed << " case " << i;
  }
}

TEST(Crc32cTest, JoiningTwoIsTheChecksumOfBothBytes) {
  std::mt19937_64 random(kSeed);
  base::Bytes pool(200'000);
  for (auto& byte : pool) byte = static_cast<std::uint8_t>(random());
  for (int i = 0; i < 5'000; ++i) {
    const std::size_t length = random() % (i % 8 == 0 ? pool.size() : 600);
    const ByteView bytes = ByteView(pool).first(length);
    const std::size_t split = i % 5 == 0 ? 0 : random() % (length + 1);
    const ByteView head = bytes.first(split), rest = bytes.subspan(split);
    const auto rest_bytes = static_cast<std::uint32_t>(rest.size());
    ASSERT_EQ(crc32c_join(crc32c(head), crc32c(rest), rest_bytes), crc32c(bytes))
        << "seed " << kSeed << " case " << i;
  }
  // Lengths that no buffer here has: in one step as in two.
  const std::uint32_t one_step = crc32c_join(0x12345678, 0, 0xfedcba98);
  EXPECT_EQ(one_step, crc32c_join(crc32c_join(0x12345678, 0, 0x7edcba98), 0, 0x80000000));
}

TEST(Crc32cTest, EveryFlippedBitShows) {
  base::Bytes bytes(200, 0x5a);
  const std::uint32_t before = crc32c(bytes);
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    bytes[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
    EXPECT_NE(crc32c(bytes), before) << "bit " << bit;
    bytes[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
  }
}

}  // namespace
}  // namespace cairn::crypto
