// Chunks stored as differences and patches: read wherever their bases are found, and only then.
#include <gtest/gtest.h>

#include "store/check.hpp"
#include "store/shrink.hpp"
#include "unit/store/store_fixture.hpp"

namespace cairn::store {
namespace {

using base::Bytes;
using base::ByteView;

constexpr std::uint8_t kDifference = 3;
constexpr std::uint8_t kPatch = 4;
constexpr codec::WordShape kFp32{4, 0, true};

class BasesTest : public StoreTest {
 protected:
  // Floats that differ little from `before`.
  static Bytes later(Bytes before, std::uint8_t step) {
    for (std::size_t i = 0; i < before.size(); i += 4)
      before[i] = static_cast<std::uint8_t>(before[i] + step);
    return before;
  }
  static Bytes floats() {
    Bytes bytes = noise(40'000, 5);
    for (std::size_t i = 3; i < bytes.size(); i += 4) bytes[i] = 0x3d;
    return bytes;
  }

  // A pack with `plain` as a record of the codec, based on these chunks.
  std::string add_based(std::uint8_t codec, const Bytes& plain, const std::vector<Bytes>& bases) {
    std::vector<ByteView> views(bases.begin(), bases.end());
    codec::EncodeHints hints;
    if (codec == kDifference) hints.words = kFp32;
    if (codec == kDifference) hints.twin = views.front();
    if (codec == kPatch) hints.bases = views;
    const auto encoded = codec::Encoder().encode(plain, codec::Effort::kNormal, hints);
    EXPECT_EQ(static_cast<std::uint8_t>(encoded.codec), codec);
    const auto length = static_cast<std::uint32_t>(plain.size());
    auto header = CraftedPack::header_of(codec, length, {length});
    for (const Bytes& base : bases) header.bases.push_back(id_of(base));
    return CraftedPack().add(header, encoded.payload, {{id_of(plain), length}}).write_to(directory);
  }

  void expect_reads(const Bytes& plain) {
    const auto store = open();
    EXPECT_EQ(read(*store, id_of(plain)), to_text(plain));
    EXPECT_EQ(read(*store, id_of(plain), Verify::kCallerHashes), to_text(plain));
    Bytes out(plain.size());
    EXPECT_TRUE(ChunkReader(*store).read_into(id_of(plain), out, Verify::kChunk).ok());
    EXPECT_EQ(out, plain);
  }

  const Bytes base_ = floats();
  const Bytes next_ = later(base_, 1);
};

TEST_F(BasesTest, ADifferenceIsReadWithItsBase) {
  add(*open(), {base_});
  add_based(kDifference, next_, {base_});
  expect_reads(next_);
  expect_reads(base_);
}

TEST_F(BasesTest, ABaseMayLieInTheMiddleOfARecord) {
  add(*open(), {noise(500, 1), base_, noise(500, 2)});
  add_based(kDifference, next_, {base_});
  expect_reads(next_);
}

TEST_F(BasesTest, APatchIsReadWithAllItsBasesInOrder) {
  const Bytes first = noise(30'000, 1);
  const Bytes second = noise(30'000, 2);
  Bytes edited = first;
  edited.insert(edited.end(), second.begin(), second.end());
  edited[100] ^= 1;
  edited[45'000] ^= 1;
  add(*open(), {second});
  add(*open(), {first});
  add_based(kPatch, edited, {first, second});
  expect_reads(edited);
}

TEST_F(BasesTest, OneReaderReadsManyChunksOfOneBase) {
  add(*open(), {base_});
  std::vector<Bytes> versions;
  for (std::uint8_t step = 1; step < 30; ++step) {
    versions.push_back(later(base_, step));
    add_based(kDifference, versions.back(), {base_});
  }
  const auto store = open();
  ChunkReader reader(*store);
  for (const Bytes& version : versions) {
    const auto bytes = reader.read(id_of(version), Verify::kChunk);
    ASSERT_TRUE(bytes.ok());
    EXPECT_EQ(to_text(*bytes), to_text(version));
  }
}

TEST_F(BasesTest, AMissingBaseIsNamedAndNothingIsMarked) {
  add_based(kDifference, next_, {base_});
  const auto store = open();
  const auto bytes = ChunkReader(*store).read(id_of(next_), Verify::kChunk);
  ASSERT_FALSE(bytes.ok());
  EXPECT_EQ(bytes.error().code(), Code::kMissing);
  EXPECT_NE(bytes.error().message().find(id_of(next_).hex()), std::string::npos);
  EXPECT_NE(bytes.error().message().find(id_of(base_).hex()), std::string::npos);
  EXPECT_TRUE(marks().empty());
}

// Whatever a pack says, a base that has a base is none: no chain, no cycle.
TEST_F(BasesTest, ABaseIsNeverADifferenceItself) {
  const Bytes last = later(base_, 2);
  add_based(kDifference, next_, {last});
  add_based(kDifference, last, {next_});
  const auto store = open();
  EXPECT_EQ(read(*store, id_of(next_)), failed(Code::kMissing));
  EXPECT_EQ(read(*store, id_of(last)), failed(Code::kMissing));
  EXPECT_TRUE(marks().empty());
  add(*store, {next_});  // a plain copy beside the difference
  expect_reads(next_);
  expect_reads(last);
}

TEST_F(BasesTest, ADamagedBaseIsMarkedNotItsUser) {
  add(*open(), {base_});
  const std::string pack = packs().front();
  add_based(kDifference, next_, {base_});
  flip_bit(pack, 20'000);
  const auto store = open();
  EXPECT_EQ(read(*store, id_of(next_)), failed(Code::kMissing));
  ASSERT_EQ(marks().size(), 1U);
  EXPECT_NE(marks().front().find(pack.substr(pack.rfind('/') + 1)), std::string::npos);
  add(*store, {base_});  // adding the good bytes again heals
  expect_reads(next_);
}

TEST_F(BasesTest, AnIndexThatLiesAboutTheCodecMakesNoChain) {
  const Bytes last = later(base_, 2);
  add(*open(), {base_});
  add_based(kDifference, next_, {base_});
  add_based(kDifference, last, {next_});
  // A pack that lists the difference `next_` as if it were zstd.
  const ByteView bases[] = {base_};
  const auto encoded =
      codec::Encoder().encode(next_, codec::Effort::kNormal, {.words = kFp32, .twin = bases[0]});
  const auto length = static_cast<std::uint32_t>(next_.size());
  CraftedPack()
      .add(CraftedPack::header_of(1, length, {length}), encoded.payload, {{id_of(next_), length}})
      .write_to(directory);
  EXPECT_EQ(read(*open(), id_of(last)), failed(Code::kMissing));
  expect_reads(next_);
}

TEST_F(BasesTest, CheckReadsDifferencesAndReportsWhatLacksItsBase) {
  add(*open(), {base_});
  const std::string base_pack = packs().front();
  add_based(kDifference, next_, {base_});
  auto report = check_store(context, *open(), ReadData::kEverything);
  ASSERT_TRUE(report.ok());
  EXPECT_TRUE(report->damage.empty());
  EXPECT_TRUE(report->notes.empty()) << report->notes.front();

  for (const std::string& segment : segments()) fs::remove(segment);
  fs::remove(base_pack);
  for (const auto depth : {ReadData::kStructure, ReadData::kEverything}) {
    report = check_store(context, *open(), depth);
    ASSERT_TRUE(report.ok());
    ASSERT_EQ(report->damage.size(), 1U);
    EXPECT_EQ(report->damage[0].chunks, std::vector<ChunkId>{id_of(next_)});
  }
  add(*open(), {base_});
  report = check_store(context, *open(), ReadData::kEverything);
  ASSERT_TRUE(report.ok());
  EXPECT_TRUE(report->damage.empty()) << "healed by its base";
  expect_reads(next_);
}

TEST_F(BasesTest, ACollectionKeepsTheBaseOfWhatStays) {
  add(*open(), {base_});
  add(*open(), {noise(50'000, 9)});
  add_based(kDifference, next_, {base_});
  const auto store = open();
  const std::unordered_set<ChunkId> live = {id_of(next_)};
  clock.now = clock.now + std::int64_t{1'000} * 3'600 * 24 * 30;
  const auto plan = plan_sweep(context, *store, live, 0);
  ASSERT_TRUE(plan.ok());
  EXPECT_EQ(plan->remove.size(), 1U);
  ASSERT_TRUE(apply_sweep(context, *store, live, *plan, 1'000).ok());
  expect_reads(next_);
}

class BasesRebuildTest : public BasesTest {
 protected:
  // The pack's footer can no longer be read, and no index tells of any pack.
  void lose(const std::vector<std::string>& footers) {
    for (const std::string& pack : footers) flip_bit(pack, fs::file_size(pack) - 1);
    for (const std::string& segment : segments()) fs::remove(segment);
  }
  // Base and difference in packs of their own; which of them is listed first depends on their
  // names.
  void make_two_packs() {
    add(*open(), {base_});
    base_pack_ = packs().front();
    based_pack_ = add_based(kDifference, next_, {base_});
  }

  std::string base_pack_, based_pack_;
};

TEST_F(BasesRebuildTest, DifferencesAreNamedAgainWhateverIsLost) {
  for (int round = 0; round < 6; ++round) {  // names, and so the order, are random
    make_two_packs();
    lose(round % 2 == 0 ? std::vector{based_pack_} : std::vector{base_pack_, based_pack_});
    expect_reads(next_);
    expect_reads(base_);
    EXPECT_FALSE(segments().empty()) << "and are indexed";
    expect_reads(next_);
    fs::remove(base_pack_);
    fs::remove(based_pack_);
    for (const std::string& segment : segments()) fs::remove(segment);
  }
}

TEST_F(BasesRebuildTest, ABaseInTheSamePackServes) {
  const auto encoded = codec::Encoder().encode(next_, codec::Effort::kNormal,
                                               {.words = kFp32, .twin = ByteView(base_)});
  const auto length = static_cast<std::uint32_t>(next_.size());
  auto header = CraftedPack::header_of(kDifference, length, {length});
  header.bases = {id_of(base_)};
  const std::string pack = CraftedPack()
                               .add(header, encoded.payload, {{id_of(next_), length}})
                               .add_raw(base_, id_of(base_))
                               .write_to(directory);
  lose({pack});
  expect_reads(next_);
}

TEST_F(BasesRebuildTest, WhatLacksItsBaseIsNamedWhenTheBaseComes) {
  make_two_packs();
  const Bytes kept = get_file(base_pack_);
  fs::remove(base_pack_);
  lose({based_pack_});
  EXPECT_EQ(read(*open(), id_of(next_)), failed(Code::kMissing));
  put_file(base_pack_, kept);
  expect_reads(next_);
}

TEST_F(BasesRebuildTest, WrongBytesForABaseNameNothing) {
  make_two_packs();
  lose({based_pack_});
  flip_bit(base_pack_, 20'000);
  EXPECT_EQ(read(*open(), id_of(next_)), failed(Code::kMissing));
}

TEST_F(BasesTest, ACollectionKeepsThePlainCopyOfABaseThatIsADifferenceToo) {
  const Bytes last = later(base_, 2);
  add(*open(), {last});
  add(*open(), {base_});
  const std::string plain_pack = packs()[0];
  add_based(kDifference, base_, {last});  // needless, but legal
  add_based(kDifference, next_, {base_});
  const auto store = open();
  for (const auto& live : {std::unordered_set<ChunkId>{id_of(next_), id_of(base_)},
                           std::unordered_set<ChunkId>{id_of(next_)}}) {
    const auto plan = plan_sweep(context, *store, live, 0);
    ASSERT_TRUE(plan.ok());
    ASSERT_TRUE(apply_sweep(context, *store, live, *plan, 1'000).ok());
    expect_reads(next_);
    expect_reads(base_);
  }
}

// A mark may stem from a passing fault, so the marked copy is the last hope of what is based on it.
TEST_F(BasesTest, ACollectionKeepsAMarkedBaseThatHasNoOtherPlainCopy) {
  const Bytes last = later(base_, 2);
  add(*open(), {base_});
  const auto store = open();
  const auto place = *store->find(id_of(base_));
  add_based(kDifference, next_, {base_});
  ASSERT_TRUE(store->mark_damaged(store->pack(place.pack).id, place.record.offset).ok());
  add(*open(), {last});
  add_based(kDifference, base_, {last});
  const auto again = open();
  const std::unordered_set<ChunkId> live = {id_of(next_), id_of(base_)};
  const auto plan = plan_sweep(context, *again, live, 0);
  ASSERT_TRUE(plan.ok());
  ASSERT_TRUE(apply_sweep(context, *again, live, *plan, 1'000).ok());
  expect_reads(next_);
}

TEST_F(BasesTest, PruningKeepsTheBaseOfWhatStays) {
  add(*open(), {base_});
  add_based(kDifference, next_, {base_});
  const auto store = open();
  const PackTimes seen = pack_times(*store);
  const std::unordered_set<ChunkId> elsewhere = {id_of(base_)};
  const auto plan = plan_shrink(context, *store, {elsewhere, {}, UINT64_MAX, seen});
  ASSERT_TRUE(plan.ok());
  ASSERT_TRUE(apply_sweep(context, *store, plan->stay, plan->sweep, 1'000).ok());
  expect_reads(next_);
}

TEST_F(BasesTest, ReplacingADamagedPackKeepsItsDifferencesAndTheirBases) {
  add(*open(), {base_});
  const std::string base_pack = packs().front();
  const std::string pack = add_based(kDifference, next_, {base_});
  flip_bit(pack, fs::file_size(pack) - 1);  // its footer; the index has its records
  expect_reads(next_);
  const auto store = open();
  const auto id = PackId::from_hex(fs::path(pack).filename().string());
  ASSERT_TRUE(replace_damaged_packs(context, *store, {*id}, 1'000).ok());
  EXPECT_FALSE(fs::exists(pack));
  EXPECT_TRUE(fs::exists(base_pack));
  expect_reads(next_);
}

}  // namespace
}  // namespace cairn::store
