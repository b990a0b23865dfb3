// Segments: union by merging, rebuilding from footers and from records, packs without an index.
#include <functional>

#include "base/file.hpp"
#include "store/segment_builder.hpp"
#include "store_fixture.hpp"

namespace cairn::store {
namespace {

void cut_tail(const std::string& pack, std::size_t bytes) {
  auto content = get_file(pack);
  content.resize(content.size() - bytes);
  put_file(pack, content);
}

class IndexTest : public StoreTest {
 protected:
  void lose_index() const {
    fs::remove_all(directory + "/index");
    fs::create_directory(directory + "/index");
  }
  // The trailer, footer or header of a pack is made unreadable.
};

TEST_F(IndexTest, SegmentsAreMergedByTiersAndNothingIsLost) {
  const auto store = open();
  const auto session = begin(*store);
  for (std::uint64_t i = 0; i < 40; ++i) {
    ASSERT_TRUE(append(*session, {words(200, i), words(100, 500 + i)}).ok());
    ASSERT_TRUE(session->commit().ok());
    EXPECT_LE(segments().size(), 8u) << "more than 8 become one";
    for (std::uint64_t k = 0; k <= i; ++k)
      ASSERT_TRUE(store->has(id_of(words(200, k)))) << i << " " << k;
  }
  const auto again = open(Store::Access::kRead);
  EXPECT_EQ(again->usage().packs, 40u);
  EXPECT_EQ(again->usage().chunks, 80u);
  for (std::uint64_t i = 0; i < 40; ++i)
    EXPECT_EQ(read(*again, id_of(words(100, 500 + i))), to_text(words(100, 500 + i)));
}

TEST_F(IndexTest, AMergeDropsPacksThatAreGoneAndJoinsDoubles) {
  for (std::uint64_t i = 0; i < 8; ++i) add(*open(), {words(200, i)});
  const auto double_names = segments();
  fs::remove(packs().at(3));
  const auto store = open();
  add(*store, {words(200, 100)});
  ASSERT_EQ(segments().size(), 1u);
  EXPECT_EQ(open()->usage().packs, 8u);
  EXPECT_EQ(open()->usage().chunks, 8u);
}

TEST_F(IndexTest, AUnionThatLostARecordIsRefused) {
  const auto table_of = [](std::uint32_t records, std::uint32_t crc) {
    format::TableBuilder table;
    table.add_pack(id_of("pack").as<PackId>(), 10'000, format::PackKind::kData);
    for (std::uint32_t i = 0; i < records; ++i) {
      format::TableRecord record;
      record.offset = 64 + i * 128;
      record.record_bytes = 128;
      record.plain_bytes = 100;
      record.crc = crc;
      record.chunk_count = 1;
      table.add_record(record, {});
      table.add_chunk(id_of(std::to_string(i)), 0, 100);
    }
    auto segment = Segment::from_bytes(table.encode());
    EXPECT_TRUE(segment.ok());
    return SegmentPtr(*std::move(segment));
  };
  const auto whole = table_of(3, 7);
  const auto packs = distinct_packs(std::vector{table_of(2, 7), whole});
  ASSERT_EQ(packs.size(), 1u);
  EXPECT_EQ(packs[0].record_count(), 3u) << "the entry that knows most";
  EXPECT_TRUE(check_union(packs, std::vector{whole}).ok());
  EXPECT_EQ(check_union(packs, std::vector{table_of(2, 7)}).error().code(), Code::kInternal);
  EXPECT_EQ(check_union(packs, std::vector{table_of(3, 8)}).error().code(), Code::kInternal);
  EXPECT_EQ(check_union(packs, {}).error().code(), Code::kInternal);
}

TEST_F(IndexTest, ALostIndexIsRebuiltFromFooters) {
  for (std::uint64_t i = 0; i < 5; ++i) add(*open(), {words(200, i), noise(300, i)});
  lose_index();
  const auto reading = open(Store::Access::kRead);
  EXPECT_EQ(reading->usage().chunks, 10u);
  EXPECT_TRUE(segments().empty()) << "kRead keeps it in memory";
  const auto store = open();
  EXPECT_EQ(segments().size(), 1u) << "kWrite writes it";
  for (const auto* each : {reading.get(), store.get()}) {
    for (std::uint64_t i = 0; i < 5; ++i)
      EXPECT_EQ(read(*each, id_of(noise(300, i))), to_text(noise(300, i)));
  }
  EXPECT_TRUE(leftovers().empty());
}

TEST_F(IndexTest, APackThatACrashedWriterNamedIsIndexed) {
  add(*open(), {words(200, 1)});
  const auto known = segments();
  CraftedPack().add_raw(noise(100, 2), id_of(noise(100, 2))).write_to(directory);
  EXPECT_TRUE(open(Store::Access::kRead)->has(id_of(noise(100, 2))));
  EXPECT_TRUE(open()->has(id_of(noise(100, 2))));
  EXPECT_EQ(segments().size(), known.size() + 1);
  open();
  EXPECT_EQ(segments().size(), known.size() + 1) << "once";
}

TEST_F(IndexTest, ASegmentWithADamagedHeaderIsRebuilt) {
  add(*open(), {words(200, 1)});
  flip_bit(segments().at(0), 20);
  const auto reading = open(Store::Access::kRead);
  EXPECT_EQ(read(*reading, id_of(words(200, 1))), to_text(words(200, 1)));
  EXPECT_NE(log.text().find("bad table"), std::string::npos);
  const auto store = open();
  EXPECT_EQ(read(*store, id_of(words(200, 1))), to_text(words(200, 1)));
  ASSERT_EQ(segments().size(), 1u);
  EXPECT_TRUE(open()->has(id_of(words(200, 1))));
  const auto fresh = get_file(segments()[0]);
  EXPECT_EQ(fs::path(segments()[0]).filename(), crypto::sha256(fresh).hex());
}

// Look-ups trust a segment's body unchecked; when one fails, the segment is checked before anything
// else is blamed.
TEST_F(IndexTest, ADamagedSegmentNeverMakesAGoodRecordBad) {
  const auto chunk = words(2000, 1);
  for (std::size_t at = 64; at < 200; at += 3) {
    fs::remove_all(directory);
    ASSERT_TRUE(Store::create(directory).ok());
    add(*open(), {chunk});
    flip_bit(segments().at(0), at, static_cast<unsigned>(at % 8));
    for (const auto access : {Store::Access::kRead, Store::Access::kWrite}) {
      ASSERT_EQ(read(*open(access), id_of(chunk)), to_text(chunk)) << "byte " << at;
    }
    ASSERT_TRUE(marks().empty()) << "byte " << at;
    ASSERT_EQ(read(*open(Store::Access::kRead), id_of(chunk)), to_text(chunk)) << "byte " << at;
  }
}

TEST_F(IndexTest, ANewerSegmentOrPackIsRefusedNotSkipped) {
  add(*open(), {words(200, 1)});
  auto segment = get_file(segments().at(0));
  const auto good = segment;
  segment[8] = 2;  // version
  const auto crc = crypto::crc32c(base::ByteView(segment).first(60));
  std::memcpy(&segment[60], &crc, 4);
  put_file(segments().at(0), segment);
  EXPECT_EQ(Store::open(context, directory, Store::Access::kRead).error().code(), Code::kTooNew);
  EXPECT_EQ(Store::open(context, directory, Store::Access::kWrite).error().code(), Code::kTooNew);

  fs::remove(segments().at(0));
  auto pack = get_file(packs().at(0));
  pack[16] = 1;  // a mandatory feature
  const auto pack_crc = crypto::crc32c(base::ByteView(pack).first(60));
  std::memcpy(&pack[60], &pack_crc, 4);
  put_file(packs().at(0), pack);
  EXPECT_EQ(Store::open(context, directory, Store::Access::kWrite).error().code(), Code::kTooNew);
}

// What a disk may do to a pack of three records, the second of two chunks.
struct PackFault {
  std::function<void(const std::string& pack, std::size_t size,
                     const std::vector<std::size_t>& ends)>
      strike;
  std::vector<bool> survives;
};
using Ends = const std::vector<std::size_t>&;

std::vector<PackFault> pack_faults() {
  const std::vector<bool> all = {true, true, true, true}, none(4, false);
  const std::vector<bool> all_but_first = {false, true, true, true};
  const auto in_record = [](std::size_t byte, unsigned bit) {  // of a pack that lost its footer
    return [=](const std::string& pack, std::size_t, Ends) {
      cut_tail(pack, 16);
      flip_bit(pack, byte, bit);
    };
  };
  return {
      {[](const auto& pack, std::size_t, Ends) { cut_tail(pack, 1); }, all},
      {[](const auto& pack, std::size_t, Ends) { cut_tail(pack, 16); }, all},
      {[](const auto& pack, std::size_t size, Ends) { flip_bit(pack, size - 30); }, all},  // footer
      {[](const auto& pack, std::size_t, Ends) { flip_bit(pack, 5); }, all},               // magic
      {[](const auto& pack, std::size_t size, Ends ends) { cut_tail(pack, size - ends[2]); },
       all},  // exactly behind the last record
      {[](const auto& pack, std::size_t size, Ends ends) { cut_tail(pack, size - ends[2] + 1); },
       {true, true, true, false}},
      {[](const auto& pack, std::size_t size, Ends ends) { cut_tail(pack, size - ends[0] - 10); },
       {true, false, false, false}},
      {in_record(64 + 100, 0U), all_but_first},
      {in_record(64, 0U), all_but_first},       // record magic
      {in_record(64 + 12, 5U), all_but_first},  // payload length
      {[](const auto& pack, std::size_t, Ends ends) {
         cut_tail(pack, 16);
         flip_bit(pack, ends[0] + 9, 4);
       },
       {true, false, false, true}},
      {[](const auto& pack, std::size_t size, Ends) { cut_tail(pack, size - 64); }, none},
      {[](const auto& pack, std::size_t size, Ends) { cut_tail(pack, size); }, none},
  };
}

class TornPackTest : public IndexTest, public ::testing::WithParamInterface<std::size_t> {};

TEST_P(TornPackTest, EveryIntactRecordIsFoundWithoutIndexAndFooter) {
  const std::vector<base::Bytes> chunks = {noise(3000, 1), words(9000, 2), noise(500, 3),
                                           words(4000, 4)};
  std::vector<std::size_t> ends;
  {
    const auto store = open();
    const auto session = begin(*store);
    ASSERT_TRUE(append(*session, {chunks[0]}).ok());
    ASSERT_TRUE(append(*session, {chunks[1], chunks[2]}).ok());
    ASSERT_TRUE(append(*session, {chunks[3]}).ok());
    ASSERT_TRUE(session->commit().ok());
    for (const auto& chunk : {chunks[0], chunks[1], chunks[3]}) {
      const auto place = store->find(id_of(chunk));
      ends.push_back(place->record.offset + place->record.record_bytes);
    }
  }
  const auto pack = packs().at(0);
  const auto [strike, survives] = pack_faults().at(GetParam());
  strike(pack, fs::file_size(pack), ends);
  lose_index();
  for (const auto access : {Store::Access::kRead, Store::Access::kWrite, Store::Access::kRead}) {
    const auto store = open(access);
    ASSERT_TRUE(store);
    for (std::size_t i = 0; i < chunks.size(); ++i) {
      const auto expected = survives[i] ? to_text(chunks[i]) : failed(Code::kMissing);
      EXPECT_TRUE(read(*store, id_of(chunks[i])) == expected) << i;
    }
  }
  EXPECT_NE(log.text().find(fs::path(pack).filename()), std::string::npos) << "the user is told";
}

INSTANTIATE_TEST_SUITE_P(Faults, TornPackTest,
                         ::testing::Range(std::size_t{0}, pack_faults().size()));

// A record whose bytes hold a whole record: the scan must go by records, not by magics.
TEST_F(IndexTest, AScanIsNotFooledByARecordInsideARecord) {
  const auto inner = noise(300, 1);
  auto header = CraftedPack::header_of(0, 300, {300});
  auto outer = format::encode_record_header(header, inner);
  outer.insert(outer.end(), inner.begin(), inner.end());
  const auto pack = CraftedPack().add_raw(outer, id_of(outer)).write_to(directory);
  cut_tail(pack, 16);
  const auto store = open();
  EXPECT_EQ(read(*store, id_of(outer)), to_text(outer));
  EXPECT_FALSE(store->has(id_of(inner)));
}

TEST_F(IndexTest, AScanHashesWhatItFindsAndBelievesNoFooter) {
  const auto bytes = noise(1000, 1);
  const auto pack = CraftedPack().add_raw(bytes, id_of("a lie")).write_to(directory);
  cut_tail(pack, 16);
  const auto store = open();
  EXPECT_FALSE(store->has(id_of("a lie")));
  EXPECT_EQ(read(*store, id_of(bytes)), to_text(bytes));
}

TEST_F(IndexTest, AScanPassesRecordsItCantRead) {
  const auto before = noise(300, 1);
  const auto behind = noise(300, 2);
  const auto pack =
      CraftedPack()
          .add_raw(before, id_of(before))
          .add(CraftedPack::header_of(9, 100, {100}), noise(80, 3), {{id_of("newer"), 100}})
          .add_raw(behind, id_of(behind))
          .write_to(directory);
  cut_tail(pack, 16);
  const auto store = open();
  EXPECT_EQ(read(*store, id_of(before)), to_text(before));
  EXPECT_EQ(read(*store, id_of(behind)), to_text(behind));
  EXPECT_FALSE(store->has(id_of("newer"))) << "its chunk can't be named";
}

// The name covers header and footer: a pack under another name is not what it says.
TEST_F(IndexTest, APackUnderAWrongNameIsScanned) {
  const auto bytes = noise(1000, 1);
  const auto pack = CraftedPack().add_raw(bytes, id_of("a lie")).write_to(directory);
  const std::string other(64, 'c');
  fs::create_directories(directory + "/packs/cc");
  fs::rename(pack, directory + "/packs/cc/" + other);
  const auto store = open();
  EXPECT_FALSE(store->has(id_of("a lie")));
  EXPECT_EQ(read(*store, id_of(bytes)), to_text(bytes));
}

TEST_F(IndexTest, StrayNamesAreNoPacksAndNoSegments) {
  put_file(directory + "/packs/zz/whatever", to_bytes("x"));
  put_file(directory + "/packs/ab/" + std::string(64, 'c'), to_bytes("in the wrong folder"));
  put_file(directory + "/index/.cairn-tmp-1234", to_bytes("x"));
  put_file(directory + "/quarantine/README", to_bytes("x"));
  EXPECT_EQ(open()->pack_count(), 0u);
}

// Another session is between naming its pack and writing its segment; both may index the pack.
TEST_F(IndexTest, APackInTwoSegmentsIsOneCopy) {
  const auto chunk = words(500, 1);
  add(*open(), {chunk});
  const auto kept = get_file(segments().at(0));
  const auto name = segments().at(0);
  fs::remove(name);
  add(*open(), {words(500, 2)});  // indexes the first pack again
  put_file(name, kept);
  const auto store = open();
  EXPECT_EQ(store->find_all(id_of(chunk)).size(), 1u);
  EXPECT_EQ(store->usage().packs, 2u);
}

}  // namespace
}  // namespace cairn::store
