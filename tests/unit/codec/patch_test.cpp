// Patches: frames with a prefix, and everything their decoder refuses.
#include "codec/patch.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "codec/codec.hpp"

namespace cairn::codec {
namespace {

using base::Bytes;
using base::ByteView;

constexpr std::uint8_t kPatch = 4;
constexpr std::size_t kMiB = std::size_t{1} << 20;

Bytes random_bytes(std::size_t size, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  Bytes bytes(size);
  for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
  return bytes;
}

class PatchTest : public testing::Test {
 protected:
  // By value: zstd forgets a prefix that shares memory with what it compresses.
  Bytes encode(Bytes plain, const std::vector<ByteView>& bases) {
    PatchPrefix prefix;
    const auto joined = prefix.join(bases);
    EXPECT_TRUE(joined.has_value());
    Bytes out(ZstdCompressor::bound(plain.size()));
    out.resize(encode_patch(zstd_, plain, joined.value_or(ByteView{}), 3, out).value_or(0));
    return out;
  }
  Status decode(ByteView payload, std::size_t plain_bytes, const std::vector<ByteView>& bases) {
    plain_.assign(plain_bytes, 0xee);
    return decoder_.decode(kPatch, payload, plain_, bases);
  }
  void expect_corrupt(ByteView payload, std::size_t plain_bytes, const std::vector<ByteView>& bases,
                      std::string_view why) {
    const Status status = decode(payload, plain_bytes, bases);
    ASSERT_FALSE(status.ok()) << why;
    EXPECT_EQ(status.error().code(), Code::kCorrupt);
    EXPECT_NE(status.error().message().find(why), std::string::npos) << status.error().message();
  }
  ZstdCompressor zstd_;
  Decoder decoder_;
  Bytes plain_;
};

TEST_F(PatchTest, CopiesFromEveryBaseToTheFirstByte) {
  Bytes whole = random_bytes(kMiB, 1);
  std::vector<ByteView> bases;
  for (std::size_t i = 0; i < kMaxPatchBases; ++i) {
    bases.push_back(ByteView(whole).subspan(i * kMiB / 8, kMiB / 8));
  }
  Bytes plain = whole;
  plain[kMiB / 2] ^= 1;
  const Bytes payload = encode(plain, bases);
  EXPECT_LT(payload.size(), 300U);
  ASSERT_TRUE(decode(payload, plain.size(), bases).ok());
  EXPECT_EQ(plain_, plain);
  // A whole MiB of prefix is within reach of the last byte.
  ASSERT_TRUE(decode(encode(plain, {whole}), plain.size(), {whole}).ok());
  EXPECT_EQ(plain_, plain);
}

// zstd reads dictionaries that begin like this as tables; a base is content whatever it begins
// with.
TEST_F(PatchTest, ABaseThatLooksLikeADictionary) {
  Bytes base = random_bytes(5'000, 2);
  const Bytes magic = {0x37, 0xa4, 0x30, 0xec};
  std::copy(magic.begin(), magic.end(), base.begin());
  const Bytes payload = encode(base, {base});
  EXPECT_LT(payload.size(), 60U);
  ASSERT_TRUE(decode(payload, base.size(), {base}).ok());
  EXPECT_EQ(plain_, base);
}

TEST_F(PatchTest, TinyBases) {
  const Bytes plain = random_bytes(100, 3);
  for (std::size_t size = 1; size < 12; ++size) {
    const Bytes base(plain.begin(), plain.begin() + static_cast<std::ptrdiff_t>(size));
    ASSERT_TRUE(decode(encode(plain, {base}), plain.size(), {base}).ok()) << size;
    EXPECT_EQ(plain_, plain);
  }
}

TEST_F(PatchTest, BasesOutOfLimits) {
  const Bytes base = random_bytes(kMiB, 4);
  const Bytes more = {1};
  const Bytes payload = encode(base, {base});
  expect_corrupt(payload, base.size(), {}, "1 to 8 bases");
  expect_corrupt(payload, base.size(), {base, more}, "at most 1 MiB");
  expect_corrupt(payload, base.size(), std::vector<ByteView>(9, ByteView(more)), "1 to 8 bases");
}

TEST_F(PatchTest, AnotherBaseNeverPassesUnnoticedByTheCaller) {
  const Bytes base = random_bytes(4'000, 5);
  const Bytes other = random_bytes(4'000, 6);
  const Bytes payload = encode(base, {base});
  // The decoder can't know; the chunk's id does.
  const Status status = decode(payload, base.size(), {other});
  EXPECT_TRUE(!status.ok() || plain_ != base);
  expect_corrupt(payload, base.size(), {ByteView(base).first(50)}, "bad zstd payload");
}

TEST_F(PatchTest, AFailedPatchLeavesNoPrefixBehind) {
  const Bytes base = random_bytes(4'000, 7);
  const Bytes payload = encode(base, {base});
  Bytes broken = payload;
  broken.resize(broken.size() - 1);
  expect_corrupt(broken, base.size(), {base}, "cut short");
  plain_.assign(base.size(), 0);
  EXPECT_FALSE(decoder_.decode(1, payload, plain_).ok()) << "a prefix that nobody gave";
  ASSERT_TRUE(decode(payload, base.size(), {base}).ok());
}

TEST_F(PatchTest, TheFrameKeepsTheRulesOfZstd) {
  const Bytes base = random_bytes(4'000, 8);
  Bytes payload = encode(base, {base});
  payload.push_back(0);
  expect_corrupt(payload, base.size(), {base}, "bytes follow");
  payload.pop_back();
  expect_corrupt(payload, base.size() - 1, {base}, "another content size");
  expect_corrupt({}, base.size(), {base}, "no complete frame header");
}

}  // namespace
}  // namespace cairn::codec
