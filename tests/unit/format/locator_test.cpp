// Locators: what comes back, and every rule that a reader holds.
#include "unit/format/remote_samples.hpp"

namespace cairn::format {
namespace {

using base::Bytes;

constexpr std::size_t kRecords = 24 + 2 * 32;
constexpr std::size_t kRefs = kRecords + 3 * 24;
constexpr std::size_t kBases = kRefs + 3 * 12;

template <typename T>
Result<Locator> with(std::size_t at, T value) {
  return decode_locator(patched(encode_locator(sample_locator()), at, value));
}

TEST(Locator, ComesBack) {
  const Locator locator = sample_locator();
  const Bytes bytes = encode_locator(locator);
  EXPECT_EQ(bytes.size(), kBases + 2 * 44);
  const auto back = decode_locator(bytes);
  ASSERT_TRUE(accepted(back));
  ASSERT_EQ(back->records.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) {
    const LocatorRecord& got = back->records[i];
    const LocatorRecord& want = locator.records[i];
    EXPECT_EQ(got.pack, want.pack);
    EXPECT_EQ(got.offset, want.offset);
    EXPECT_EQ(got.record_bytes, want.record_bytes);
    EXPECT_EQ(got.plain_bytes, want.plain_bytes);
    EXPECT_EQ(got.codec, want.codec);
    EXPECT_EQ(got.bases, want.bases);
  }
  ASSERT_EQ(back->refs.size(), 3U);
  EXPECT_EQ(back->refs[2].record, 0U);
  EXPECT_EQ(back->refs[2].offset, 600U);
  EXPECT_EQ(back->refs[2].length, 400U);
  ASSERT_EQ(back->bases.size(), 2U);
  EXPECT_EQ(back->bases[1].id, sample_id<ChunkId>("base 2"));
  EXPECT_EQ(back->bases[1].ref.record, 2U);
  EXPECT_EQ(back->bases[1].ref.offset, 100U);
}

TEST(Locator, WritesABaseOfTwoRecordsTwice) {
  Locator locator = sample_locator();
  locator.records.push_back(locator.records[1]);
  locator.records[3].bases = {1};
  const auto back = decode_locator(encode_locator(locator));
  ASSERT_TRUE(accepted(back));
  EXPECT_EQ(back->records[3].bases, (std::vector<std::uint32_t>{2}));
  EXPECT_EQ(back->bases.at(2).id, sample_id<ChunkId>("base 2"));
}

TEST(Locator, MayBeEmpty) { EXPECT_TRUE(accepted(decode_locator(encode_locator({})))); }

TEST(Locator, RefusesAnotherLength) {
  const Bytes bytes = encode_locator(sample_locator());
  expect_truncations_refused(bytes, decode_locator);
  EXPECT_TRUE(corrupt(decode_locator(joined(bytes, Bytes(1))), "length"));
  for (const std::size_t at : {8, 12, 16, 20}) {
    EXPECT_TRUE(corrupt(with(at, std::uint32_t{4}), "length")) << at;
    EXPECT_TRUE(corrupt(with(at, std::uint32_t{0xFFFFFFFF}), "length")) << at;
  }
  EXPECT_TRUE(corrupt(decode_locator(Bytes((1 << 20) + 1)), "1 MiB"));
}

TEST(Locator, HoldsItsHeader) {
  EXPECT_TRUE(corrupt(with(0, 'X'), "does not start like one"));
  EXPECT_TRUE(too_new(with(4, std::uint8_t{2}), "version 2"));
  EXPECT_TRUE(corrupt(with(5, std::uint8_t{1}), "reserved"));
  EXPECT_TRUE(corrupt(with(7, std::uint8_t{1}), "reserved"));
}

TEST(Locator, HoldsItsRecords) {
  EXPECT_TRUE(corrupt(with(kRecords, std::uint32_t{2}), "does not list"));
  EXPECT_TRUE(corrupt(with(kRecords + 4, std::uint32_t{63}), "inside the header"));
  EXPECT_TRUE(corrupt(with(kRecords + 4, std::uint32_t{0xFFFFFFFF}), "4 GiB"));
  EXPECT_TRUE(corrupt(with(kRecords + 8, std::uint32_t{28}), "impossible size"));
  EXPECT_TRUE(corrupt(with(kRecords + 12, std::uint32_t{0}), "plain length"));
  EXPECT_TRUE(corrupt(with(kRecords + 12, std::uint32_t{1 << 20 | 1}), "plain length"));
  EXPECT_TRUE(corrupt(with(kRecords + 16, std::uint32_t{1}), "follow each other"));
  EXPECT_TRUE(corrupt(with(kRecords + 20, std::uint8_t{4}), "without one"));
  EXPECT_TRUE(corrupt(with(kRecords + 24 + 20, std::uint8_t{1}), "does not use"));
  EXPECT_TRUE(corrupt(with(kRecords + 24 + 21, std::uint8_t{9}), "more than 8 bases"));
  EXPECT_TRUE(corrupt(with(kRecords + 24 + 21, std::uint8_t{1}), "follow each other"));
  EXPECT_TRUE(corrupt(with(kRecords + 22, std::uint8_t{1}), "reserved"));
  EXPECT_TRUE(corrupt(with(kRecords + 23, std::uint8_t{1}), "reserved"));
  EXPECT_TRUE(
      accepted(with(kRecords + 24 + 20, std::uint8_t{9})));  // for the codec module to refuse
}

TEST(Locator, HoldsTheSumOfItsBases) {
  Locator locator = sample_locator();
  std::swap(locator.records[1], locator.records[2]);
  locator.refs[1].record = 2;
  locator.bases[1].ref.record = 1;
  const Bytes bytes = encode_locator(locator);
  ASSERT_TRUE(accepted(decode_locator(bytes)));
  EXPECT_TRUE(corrupt(decode_locator(patched(bytes, kRecords + 2 * 24 + 21, std::uint8_t{1})),
                      "do not add up"));
}

TEST(Locator, HoldsItsReferences) {
  EXPECT_TRUE(corrupt(with(kRefs, std::uint32_t{3}), "no record"));
  EXPECT_TRUE(corrupt(with(kRefs + 4, std::uint32_t{401}), "outside its record"));
  EXPECT_TRUE(corrupt(with(kRefs + 4, std::uint32_t{0xFFFFFFFF}), "outside its record"));
  EXPECT_TRUE(corrupt(with(kRefs + 8, std::uint32_t{0}), "outside its record"));
  EXPECT_TRUE(corrupt(with(kRefs + 8, std::uint32_t{1001}), "outside its record"));
  EXPECT_TRUE(corrupt(with(kBases + 32, std::uint32_t{3}), "no record"));
  EXPECT_TRUE(corrupt(with(kBases + 32, std::uint32_t{1}), "itself encoded"));
  EXPECT_TRUE(corrupt(with(kBases + 40, std::uint32_t{0}), "outside its record"));
}

}  // namespace
}  // namespace cairn::format
