#include <thread>

#include "base/file.hpp"
#include "store_fixture.hpp"

namespace cairn::store {
namespace {

TEST_F(StoreTest, CreatingTwiceIsFineAndAbsenceIsNoRepository) {
  EXPECT_TRUE(Store::create(directory).ok());
  EXPECT_EQ(open()->directory(), directory);
  const auto absent = Store::open(context, scratch + "/none", Store::Access::kRead);
  ASSERT_FALSE(absent.ok());
  EXPECT_EQ(absent.error().code(), Code::kNotRepository);
  EXPECT_FALSE(fs::exists(scratch + "/none"));
}

TEST_F(StoreTest, RefusesAnotherFormat) {
  put_file(directory + "/format",
           to_bytes(R"({"cairn":2,"digest":"sha256","cipher":"none","features":[]})"));
  EXPECT_EQ(Store::open(context, directory, Store::Access::kRead).error().code(), Code::kTooNew);
  EXPECT_EQ(Store::create(directory).error().code(), Code::kTooNew);
  put_file(directory + "/format", to_bytes("{"));
  EXPECT_EQ(Store::open(context, directory, Store::Access::kRead).error().code(), Code::kCorrupt);
}

TEST_F(StoreTest, FoldersThatAreMissingAreEmpty) {
  for (const char* folder : {"packs", "index", "quarantine", "tmp"})
    fs::remove_all(directory + "/" + folder);
  const auto reading = open(Store::Access::kRead);
  EXPECT_FALSE(reading->has(id_of("x")));
  EXPECT_EQ(reading->pack_count(), 0u);
  const auto store = open();
  add(*store, {words(100, 1)});
  EXPECT_TRUE(open()->has(id_of(words(100, 1))));
}

TEST_F(StoreTest, FindsEveryChunkOfManyAndNothingElse) {
  const auto store = open();
  {
    const auto session = begin(*store);
    for (std::uint64_t record = 0; record < 50; ++record) {
      std::vector<base::Bytes> chunks;
      for (std::uint64_t i = 0; i < 40; ++i)
        chunks.push_back(to_bytes(std::to_string(record * 40 + i)));
      ASSERT_TRUE(append(*session, chunks).ok());
    }
    ASSERT_TRUE(session->commit().ok());
  }
  const auto again = open(Store::Access::kRead);
  for (std::uint64_t i = 0; i < 2000; ++i) {
    const auto text = std::to_string(i);
    const auto place = again->find(id_of(text));
    ASSERT_TRUE(place) << i;
    EXPECT_EQ(place->length, text.size());
    ASSERT_EQ(read(*again, id_of(text)), text);
    ASSERT_FALSE(again->has(id_of("not " + text)));
  }
}

TEST_F(StoreTest, CountsWhatItHolds) {
  const auto store = open();
  add(*store, {words(1000, 1), words(500, 2)});
  add(*store, {noise(700, 3)});
  const auto usage = store->usage();
  EXPECT_EQ(usage.packs, 2u);
  EXPECT_EQ(usage.chunks, 3u);
  EXPECT_EQ(usage.plain_bytes, 2200u);
  EXPECT_EQ(usage.damaged_records, 0u);
  std::uint64_t on_disk = 0;
  for (const auto& pack : packs()) on_disk += fs::file_size(pack);
  EXPECT_EQ(usage.pack_bytes, on_disk);
}

TEST_F(StoreTest, VisitsRecordsPackByPackWithChunksInTheirOrder) {
  const auto store = open();
  add(*store, {words(1000, 1), words(500, 2), words(250, 3)});
  add(*store, {noise(700, 4)});
  std::vector<std::uint32_t> slots;
  std::vector<ChunkId> ids;
  const auto visit = [&](std::uint32_t pack, const format::TableRecord& record,
                         std::span<const format::TableChunk> chunks) -> Status {
    slots.push_back(pack);
    EXPECT_EQ(record.chunk_count, chunks.size());
    for (const auto& chunk : chunks) ids.push_back(chunk.id);
    return {};
  };
  ASSERT_TRUE(store->for_each_record(visit).ok());
  EXPECT_EQ(slots, (std::vector<std::uint32_t>{0, 1}));
  const std::vector<ChunkId> expected = {id_of(words(1000, 1)), id_of(words(500, 2)),
                                         id_of(words(250, 3)), id_of(noise(700, 4))};
  EXPECT_EQ(ids, expected);
  const auto refuse = [](std::uint32_t, const format::TableRecord&,
                         std::span<const format::TableChunk>) -> Status {
    return Error(Code::kAnswerNo, "enough");
  };
  EXPECT_EQ(store->for_each_record(refuse).error().code(), Code::kAnswerNo);
}

TEST_F(StoreTest, APackThatIsGoneIsIgnored) {
  const auto store = open();
  add(*store, {words(1000, 1)});
  const auto first = packs().at(0);
  add(*store, {words(1000, 2)});
  fs::remove(first);
  const auto again = open();
  EXPECT_FALSE(again->has(id_of(words(1000, 1))));
  EXPECT_EQ(read(*again, id_of(words(1000, 2))), to_text(words(1000, 2)));
  EXPECT_EQ(again->usage().packs, 1u);
}

TEST_F(StoreTest, ManyPacksAreReadWithFewDescriptors) {
  const auto store = open();
  for (std::uint64_t i = 0; i < 150; ++i)
    CraftedPack().add_raw(noise(100, i), id_of(noise(100, i))).write_to(directory);
  const auto again = open();
  ChunkReader reader(*again);
  for (int round = 0; round < 2; ++round) {
    for (std::uint64_t i = 0; i < 150; ++i)
      ASSERT_TRUE(reader.read(id_of(noise(100, i)), Verify::kChunk).ok());
  }
  std::size_t open_files = 0;
  for (const auto& entry : fs::directory_iterator("/proc/self/fd"))
    open_files += entry.exists() ? 1 : 0;
  EXPECT_LT(open_files, 100u);
}

// What kRead does must work on a read-only mount: the whole tree is the same afterwards, times
// included.
TEST_F(StoreTest, ReadingWritesNothing) {
  add(*open(), {words(1000, 1)});
  const auto bad = packs().at(0);
  CraftedPack()
      .add_raw(noise(100, 1), id_of(noise(100, 1)))
      .write_to(directory);  // not in the index
  flip_bit(bad, 64 + 30);
  const auto snapshot = [&] {
    std::map<std::string, std::pair<std::uintmax_t, fs::file_time_type>> all;
    for (const auto& entry : fs::recursive_directory_iterator(directory)) {
      all[entry.path()] = {entry.is_regular_file() ? entry.file_size() : 0,
                           entry.last_write_time()};
    }
    return all;
  };
  const auto before = snapshot();
  for (const auto& entry : before)
    fs::permissions(entry.first, fs::perms::owner_write, fs::perm_options::remove);
  const auto store = open(Store::Access::kRead);
  EXPECT_EQ(read(*store, id_of(noise(100, 1))), to_text(noise(100, 1)));
  EXPECT_EQ(read(*store, id_of(words(1000, 1))), failed(Code::kCorrupt));
  EXPECT_FALSE(store->has(id_of(words(1000, 1)))) << "marked in memory";
  EXPECT_TRUE(check_store(context, *store, ReadData::kEverything).ok());
  EXPECT_EQ(snapshot(), before);
  for (const auto& entry : before)
    fs::permissions(entry.first, fs::perms::owner_write, fs::perm_options::add);
}

TEST_F(StoreTest, LookUpsRunBesideCommits) {
  const auto store = open();
  std::vector<base::Bytes> chunks;
  for (std::uint64_t i = 0; i < 60; ++i) chunks.push_back(words(300, i));
  std::atomic<std::size_t> committed = 0;
  std::atomic<bool> lost = false;
  const auto look = [&] {
    ChunkReader reader(*store);
    while (committed < chunks.size() && !lost) {
      const std::size_t known = committed;
      for (std::size_t i = 0; i < known; ++i) {
        lost = lost || !store->has(id_of(chunks[i])) ||
               !reader.read(id_of(chunks[i]), Verify::kChunk).ok();
      }
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < 2; ++i) threads.emplace_back(look);
  for (const auto& chunk : chunks) {
    add(*store, {chunk});
    ++committed;
  }
  for (auto& thread : threads) thread.join();
  EXPECT_FALSE(lost);
}

}  // namespace
}  // namespace cairn::store
