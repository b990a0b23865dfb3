#include <thread>

#include "store_fixture.hpp"

namespace cairn::store {
namespace {

class CheckTest : public StoreTest {
 protected:
  CheckReport check(Store& store, ReadData depth) {
    auto report = check_store(context, store, depth);
    EXPECT_TRUE(report.ok()) << (report.ok() ? "" : report.error().message());
    return report.ok() ? *std::move(report) : CheckReport();
  }
  // Three packs, five records, six chunks.
  void fill() {
    const auto store = open();
    add(*store, {words(5000, 1), words(100, 2)});
    const auto session = begin(*store);
    for (std::uint64_t i = 3; i < 6; ++i) ASSERT_TRUE(append(*session, {noise(2000, i)}).ok());
    ASSERT_TRUE(session->put_page(id_of(words(700, 6)), words(700, 6)).ok());
    ASSERT_TRUE(session->commit().ok());
  }
  [[nodiscard]] static std::string path_of(const Store& store, const std::string& directory,
                                           const ChunkPlace& place) {
    const auto hex = store.pack(place.pack).id.hex();
    return directory + "/packs/" + hex.substr(0, 2) + "/" + hex;
  }
};

TEST_F(CheckTest, AHealthyStoreHasNothingToSay) {
  fill();
  const auto store = open();
  for (const auto depth : {ReadData::kStructure, ReadData::kEverything}) {
    const auto report = check(*store, depth);
    EXPECT_EQ(report.packs, 3u);
    EXPECT_EQ(report.records, 5u);
    EXPECT_EQ(report.chunks, 6u);
    EXPECT_EQ(report.bytes_read > 0, depth == ReadData::kEverything);
    EXPECT_TRUE(report.damage.empty());
    EXPECT_TRUE(report.notes.empty());
  }
}

TEST_F(CheckTest, DamageNamesPackRecordAndLostChunksAndIsMarked) {
  fill();
  const auto store = open();
  const auto place = *store->find(id_of(noise(2000, 4)));
  flip_bit(path_of(*store, directory, place), place.record.offset + 1000);
  EXPECT_TRUE(check(*store, ReadData::kStructure).damage.empty()) << "structure reads no payload";
  const auto report = check(*store, ReadData::kEverything);
  ASSERT_EQ(report.damage.size(), 1u);
  EXPECT_EQ(report.damage[0].pack, store->pack(place.pack).id);
  EXPECT_EQ(report.damage[0].record_offset, place.record.offset);
  EXPECT_EQ(report.damage[0].chunks, std::vector<ChunkId>{id_of(noise(2000, 4))});
  EXPECT_NE(report.damage[0].what.find("checksum"), std::string::npos);
  EXPECT_EQ(marks().size(), 1u);
  EXPECT_FALSE(store->has(id_of(noise(2000, 4))));
  EXPECT_EQ(check(*store, ReadData::kStructure).damage.size(), 1u)
      << "marks are told without reading data";
}

TEST_F(CheckTest, DamageOfAChunkWithAnotherCopyLosesNothing) {
  fill();
  const auto store = open();
  const auto place = *store->find(id_of(noise(2000, 4)));
  flip_bit(path_of(*store, directory, place), place.record.offset + 1000);
  add(*store, {noise(2000, 4)});
  const auto report = check(*store, ReadData::kEverything);
  ASSERT_EQ(report.damage.size(), 1u);
  EXPECT_TRUE(report.damage[0].chunks.empty());
}

TEST_F(CheckTest, TwoBadCopiesAreALossInBoth) {
  const auto store = open();
  add(*store, {noise(2000, 1)});
  add(*store, {noise(2000, 1), noise(10, 2)});
  for (const auto& pack : packs()) flip_bit(pack, 64 + 500);
  const auto report = check(*store, ReadData::kEverything);
  ASSERT_EQ(report.damage.size(), 2u);
  for (const auto& damage : report.damage) {
    EXPECT_NE(std::find(damage.chunks.begin(), damage.chunks.end(), id_of(noise(2000, 1))),
              damage.chunks.end());
  }
}

// Every byte of a pack lies under a checksum.
TEST_F(CheckTest, EveryFlippedByteOfAPackIsSeen) {
  const auto store = open();
  add(*store, {words(300, 1)});
  const auto pack = packs().at(0);
  const auto good = get_file(pack);
  for (std::size_t at = 0; at < good.size(); ++at) {
    flip_bit(pack, at, static_cast<unsigned>(at % 8));
    const auto report = check(*open(Store::Access::kRead), ReadData::kEverything);
    EXPECT_EQ(report.damage.size(), 1u) << "byte " << at;
    put_file(pack, good);
  }
  EXPECT_TRUE(check(*open(Store::Access::kRead), ReadData::kEverything).damage.empty());
}

TEST_F(CheckTest, AWrongChunkHashIsDamageThoughAllChecksumsFit) {
  CraftedPack().add_raw(noise(100, 1), id_of("a lie")).write_to(directory);
  const auto store = open();
  EXPECT_TRUE(check(*store, ReadData::kStructure).damage.empty());
  const auto report = check(*store, ReadData::kEverything);
  ASSERT_EQ(report.damage.size(), 1u);
  EXPECT_EQ(report.damage[0].what, "chunk hash mismatch");
}

TEST_F(CheckTest, ATruncatedPackIsSeenWithoutReadingData) {
  fill();
  const auto store = open();
  const auto place = *store->find(id_of(noise(2000, 5)));
  const auto path = path_of(*store, directory, place);
  auto bytes = get_file(path);
  bytes.resize(place.record.offset + 100);
  put_file(path, bytes);
  const auto report = check(*store, ReadData::kStructure);
  ASSERT_EQ(report.damage.size(), 2u) << "footer and last record";
  EXPECT_EQ(report.damage[0].record_offset, 0u);
  EXPECT_TRUE(report.damage[0].chunks.empty());
  EXPECT_EQ(report.damage[1].what, "truncated");
  EXPECT_EQ(report.damage[1].chunks, std::vector<ChunkId>{id_of(noise(2000, 5))});
}

TEST_F(CheckTest, AMarkOnARecordThatIsRightIsTakenBack) {
  fill();
  const auto store = open();
  const auto place = *store->find(id_of(noise(2000, 4)));
  ASSERT_TRUE(store->mark_damaged(store->pack(place.pack).id, place.record.offset).ok());
  const auto report = check(*store, ReadData::kEverything);
  EXPECT_TRUE(report.damage.empty());
  EXPECT_EQ(report.notes.size(), 1u);
  EXPECT_TRUE(store->has(id_of(noise(2000, 4))));
  EXPECT_TRUE(marks().empty());
}

TEST_F(CheckTest, NotesWhatIsNoDamage) {
  fill();
  CraftedPack()
      .add(CraftedPack::header_of(9, 100, {100}), noise(80, 1), {{id_of("newer"), 100}})
      .write_to(directory);
  put_file(directory + "/packs/ab/README", to_bytes("x"));
  put_file(directory + "/index/README", to_bytes("x"));
  const auto store = open();
  fs::remove(path_of(*store, directory, *store->find(id_of(words(100, 2)))));
  const auto report = check(*open(), ReadData::kEverything);
  EXPECT_TRUE(report.damage.empty());
  std::string notes;
  for (const auto& note : report.notes) notes += note + "\n";
  for (const char* expected :
       {"packs/ab/README", "index/README", "codec 9", "1 pack whose file is gone"}) {
    EXPECT_NE(notes.find(expected), std::string::npos) << expected << " in\n" << notes;
  }
}

TEST_F(CheckTest, ADamagedSegmentIsReplaced) {
  fill();
  const auto store = open();
  for (const auto& segment : segments()) flip_bit(segment, fs::file_size(segment) - 10);
  const auto report = check(*open(), ReadData::kStructure);
  EXPECT_TRUE(report.damage.empty());
  EXPECT_EQ(report.chunks, 6u);
  EXPECT_FALSE(report.notes.empty());
  EXPECT_TRUE(check(*open(), ReadData::kStructure).notes.empty()) << "now it is sound";
}

TEST_F(CheckTest, StopsWhenAsked) {
  fill();
  stop.request_stop();
  EXPECT_EQ(check_store(context, *open(), ReadData::kEverything).error().code(),
            Code::kInterrupted);
}

}  // namespace
}  // namespace cairn::store
