// The frozen cuts. A change of any number here makes every repository store its data again: it is a
// bug in the chunker.
#include "chunk/gear.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>
#include <vector>

#include "crypto/sha256.hpp"

namespace cairn::chunk {
namespace {

using base::ByteView;

constexpr GearParameters kFrozen;

// xorshift64 (13, 7, 17) from Marsaglia's seed, as little-endian words.
base::Bytes xorshift_bytes(std::size_t size) {
  base::Bytes bytes(size);
  std::uint64_t x = 88'172'645'463'325'252;
  for (std::size_t i = 0; i < size; i += 8) {
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    std::memcpy(bytes.data() + i, &x, std::min<std::size_t>(8, size - i));
  }
  return bytes;
}

std::vector<std::size_t> cut_all(ByteView bytes, const GearParameters& parameters = kFrozen) {
  std::vector<std::size_t> lengths;
  while (!bytes.empty()) {
    lengths.push_back(gear_cut(bytes, parameters));
    bytes = bytes.subspan(lengths.back());
  }
  return lengths;
}

std::set<std::size_t> cut_places(ByteView bytes) {
  std::set<std::size_t> places;
  std::size_t at = 0;
  for (const std::size_t length : cut_all(bytes)) places.insert(at += length);
  return places;
}

TEST(GearTest, FrozenParameters) {
  EXPECT_EQ(kFrozen.min_bytes, 32'768u);
  EXPECT_EQ(kFrozen.max_bytes, 524'288u);
  EXPECT_EQ(kFrozen.threshold, 0x2'0000'0000'0000u);
  EXPECT_EQ(kFrozen.single_bytes, 65'536u);
  EXPECT_EQ(kGear1, 1);
}

TEST(GearTest, FrozenTable) {
  const std::uint64_t* table = gear_table();
  EXPECT_EQ(table[0], 0x8a5ef46b30d96ea2u);
  EXPECT_EQ(table[1], 0x9323c6bccdfecd18u);
  EXPECT_EQ(table[255], 0x95a610403207a917u);
  const ByteView bytes(reinterpret_cast<const std::uint8_t*>(table), 256 * 8);
  EXPECT_EQ(crypto::sha256(bytes).hex(),
            "eb331fa8b60cc7fcc981ba46388d2ca40280173e2a947a6faab7fddcf57eff8b");
}

TEST(GearTest, GoldenCuts) {
  const auto lengths = cut_all(xorshift_bytes(std::size_t{64} << 20));
  const std::vector<std::size_t> first(lengths.begin(), lengths.begin() + 8);
  EXPECT_EQ(first, (std::vector<std::size_t>{56'089, 35'257, 61'454, 106'920, 58'295, 49'820,
                                             52'597, 91'948}));
  EXPECT_EQ(lengths.size(), 1'008u);
  EXPECT_EQ(std::count(lengths.begin(), lengths.end(), kFrozen.max_bytes), 0);
}

TEST(GearTest, RestOfAtMostTheMinimumIsOneChunk) {
  const auto bytes = xorshift_bytes(40'000);
  for (const std::size_t size : {0, 1, 63, 64, 65, 32'767, 32'768, 32'769}) {
    EXPECT_EQ(gear_cut(ByteView(bytes).first(size), kFrozen), size);
  }
}

// Zero bytes never go below the threshold: their hash soon stands at -G[0].
TEST(GearTest, WithoutACutTheMaximumDecides) {
  const base::Bytes zeros(2 * 524'288);
  EXPECT_EQ(gear_cut(zeros, kFrozen), 524'288u);
  EXPECT_EQ(gear_cut(ByteView(zeros).first(524'289), kFrozen), 524'288u);
  EXPECT_EQ(gear_cut(ByteView(zeros).first(524'288), kFrozen), 524'288u);
  EXPECT_EQ(gear_cut(ByteView(zeros).first(524'287), kFrozen), 524'287u);
}

TEST(GearTest, TheFirstAndTheLastAllowedLengthCanCut) {
  const auto bytes = xorshift_bytes(std::size_t{1} << 20);
  GearParameters parameters = kFrozen;
  const std::size_t cut = gear_cut(bytes, kFrozen);
  ASSERT_EQ(cut, 56'089u);

  parameters.min_bytes = static_cast<std::uint32_t>(cut);
  EXPECT_EQ(gear_cut(bytes, parameters), cut);
  ++parameters.min_bytes;
  EXPECT_GT(gear_cut(bytes, parameters), cut);

  parameters = kFrozen;
  parameters.max_bytes = static_cast<std::uint32_t>(cut + 1);
  EXPECT_EQ(gear_cut(bytes, parameters), cut);
  parameters.max_bytes = static_cast<std::uint32_t>(cut - 1);
  EXPECT_EQ(gear_cut(bytes, parameters), cut - 1);
}

TEST(GearTest, ExtremeThresholds) {
  const auto bytes = xorshift_bytes(std::size_t{1} << 20);
  GearParameters parameters = kFrozen;
  parameters.threshold = 0;
  EXPECT_EQ(gear_cut(bytes, parameters), parameters.max_bytes);
  parameters.threshold = ~std::uint64_t{0};
  EXPECT_EQ(gear_cut(bytes, parameters), parameters.min_bytes);
}

// A caller that streams hands over at least max_bytes and gets the same cuts as with the whole file
// in memory.
TEST(GearTest, WindowOfMaxBytesIsEnough) {
  const auto bytes = xorshift_bytes(std::size_t{8} << 20);
  std::vector<std::size_t> lengths;
  for (ByteView rest = bytes; !rest.empty();) {
    const ByteView window = rest.first(std::min<std::size_t>(rest.size(), kFrozen.max_bytes));
    lengths.push_back(gear_cut(window, kFrozen));
    rest = rest.subspan(lengths.back());
  }
  EXPECT_EQ(lengths, cut_all(bytes));
}

TEST(GearTest, AnInsertionStaysLocal) {
  const auto before = xorshift_bytes(std::size_t{16} << 20);
  const auto old_places = cut_places(before);
  std::mt19937_64 random(7);
  for (int i = 0; i < 5; ++i) {
    const std::size_t at = random() % before.size();
    const std::size_t inserted = 1 + random() % 1'000;
    base::Bytes after(before.begin(), before.begin() + static_cast<std::ptrdiff_t>(at));
    for (std::size_t k = 0; k < inserted; ++k) after.push_back(static_cast<std::uint8_t>(random()));
    after.insert(after.end(), before.begin() + static_cast<std::ptrdiff_t>(at), before.end());

    std::size_t lost = 0;
    const auto new_places = cut_places(after);
    for (const std::size_t place : old_places) {
      lost += new_places.contains(place <= at ? place : place + inserted) ? 0 : 1;
    }
    EXPECT_LE(lost, 4u) << "of " << old_places.size() << ", inserted at " << at;
  }
}

}  // namespace
}  // namespace cairn::chunk
