#include <zstd.h>

#include "store_fixture.hpp"

namespace cairn::store {
namespace {

using ChunkReaderTest = StoreTest;

base::Bytes zstd_frame(base::ByteView plain) {
  base::Bytes out(ZSTD_compressBound(plain.size()));
  out.resize(ZSTD_compress(out.data(), out.size(), plain.data(), plain.size(), 3));
  return out;
}

std::string read_into(const Store& store, const base::Bytes& chunk, Verify verify) {
  base::Bytes out(chunk.size());
  ChunkReader reader(store);
  const Status status = reader.read_into(id_of(chunk), out, verify);
  return status.ok() ? to_text(out)
                     : "[" + std::to_string(static_cast<int>(status.error().code())) + "]";
}

// Offset of a record's payload in its pack.
std::size_t payload_at(const ChunkPlace& place) {
  return place.record.offset + format::kRecordFixedBytes +
         4 * std::size_t{place.record.chunk_count};
}

TEST_F(ChunkReaderTest, EveryWayOfReadingGivesTheSameBytes) {
  const auto store = open();
  // Alone and with neighbours, raw and zstd.
  const std::vector<std::vector<base::Bytes>> records = {
      {noise(70'000, 1)},
      {noise(50'000, 2), noise(1, 3), noise(60'000, 4)},
      {words(70'000, 5)},
      {words(50'000, 6), words(1, 7), words(60'000, 8)},
      {noise(1 << 20, 9)}};
  for (const auto& record : records) add(*store, record);
  for (const auto& record : records) {
    for (const auto& chunk : record) {
      for (const Verify verify : {Verify::kChunk, Verify::kCallerHashes}) {
        EXPECT_TRUE(read(*store, id_of(chunk), verify) == to_text(chunk));
        EXPECT_TRUE(read_into(*store, chunk, verify) == to_text(chunk));
      }
    }
  }
}

TEST_F(ChunkReaderTest, OneReaderServesManyRecordsInAnyOrder) {
  const auto store = open();
  for (std::uint64_t i = 0; i < 12; ++i)
    add(*store, {words(3000, i), noise(3000, i), words(10, 1000 + i)});
  ChunkReader reader(*store);
  for (std::uint64_t step = 0; step < 300; ++step) {
    const std::uint64_t i = step * 7 % 12;
    const auto chunk = step % 2 == 0 ? words(3000, i) : noise(3000, i);
    base::Bytes out(3000);
    ASSERT_TRUE(
        reader.read_into(id_of(chunk), out, step % 3 == 0 ? Verify::kChunk : Verify::kCallerHashes)
            .ok());
    ASSERT_EQ(out, chunk);
    const auto view = reader.read(id_of(words(10, 1000 + i)), Verify::kChunk);
    ASSERT_TRUE(view.ok());
    ASSERT_EQ(to_text(*view), to_text(words(10, 1000 + i)));
  }
}

TEST_F(ChunkReaderTest, AMissingChunkIsNamed) {
  const auto store = open();
  ChunkReader reader(*store);
  const auto result = reader.read(id_of("x"), Verify::kChunk);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code(), Code::kMissing);
  EXPECT_NE(result.error().message().find(id_of("x").hex()), std::string::npos);
  EXPECT_NE(result.error().message().find(directory), std::string::npos);
  EXPECT_EQ(page_fetch(*store)(id_of("x")).error().code(), Code::kMissing);
}

TEST_F(ChunkReaderTest, ReadingIntoAnotherLengthIsAnErrorAndNoDamage) {
  const auto store = open();
  add(*store, {words(100, 1)});
  base::Bytes out(99);
  ChunkReader reader(*store);
  EXPECT_EQ(reader.read_into(id_of(words(100, 1)), out, Verify::kChunk).error().code(),
            Code::kCorrupt);
  EXPECT_TRUE(marks().empty())
      << "the index knows the length: the request is wrong, not the record";
  EXPECT_TRUE(store->has(id_of(words(100, 1))));
}

class BitFlipTest : public StoreTest,
                    public ::testing::WithParamInterface<std::tuple<bool, Verify, bool>> {};

TEST_P(BitFlipTest, IsSeenMarkedAndHealedByAddingAgain) {
  const auto [compressible, verify, into] = GetParam();
  const auto chunk = compressible ? words(100'000, 1) : noise(100'000, 1);
  const auto read_chunk = [&, verify = verify, into = into](const Store& store) {
    return into ? read_into(store, chunk, verify) : read(store, id_of(chunk), verify);
  };
  add(*open(), {chunk});
  auto store = open();
  flip_bit(packs().at(0), payload_at(*store->find(id_of(chunk))) + 20, 3);
  EXPECT_EQ(read_chunk(*store), failed(Code::kCorrupt));
  ASSERT_EQ(marks().size(), 1u);
  EXPECT_EQ(fs::path(marks()[0]).filename(), fs::path(packs().at(0)).filename().string() + ".64");
  EXPECT_FALSE(store->has(id_of(chunk)));
  EXPECT_EQ(store->usage().damaged_records, 1u);

  store = open();
  EXPECT_FALSE(store->has(id_of(chunk))) << "the mark is on disk";
  EXPECT_EQ(read_chunk(*store), failed(Code::kCorrupt)) << "damaged, not missing";
  {
    const auto session = begin(*store);
    ASSERT_TRUE(session->claim(id_of(chunk)));
    ASSERT_TRUE(append(*session, {chunk}).ok());
    ASSERT_TRUE(session->commit().ok());
  }
  EXPECT_TRUE(read_chunk(*store) == to_text(chunk));
  fs::remove_all(directory + "/index");
  fs::create_directory(directory + "/index");
  EXPECT_TRUE(read_chunk(*open()) == to_text(chunk));
  EXPECT_EQ(open()->find_all(id_of(chunk)).size(), 1u)
      << "the mark survives a rebuild of the index";
}

INSTANTIATE_TEST_SUITE_P(
    All, BitFlipTest,
    ::testing::Combine(::testing::Bool(), ::testing::Values(Verify::kChunk, Verify::kCallerHashes),
                       ::testing::Bool()));

TEST_F(ChunkReaderTest, DamageIsNamedWithChunkPackAndHint) {
  const auto store = open();
  const auto chunk = noise(1000, 1);
  add(*store, {chunk});
  flip_bit(packs().at(0), 64 + 500);
  ChunkReader reader(*store);
  const auto result = reader.read(id_of(chunk), Verify::kChunk);
  ASSERT_FALSE(result.ok());
  EXPECT_NE(result.error().message().find(id_of(chunk).hex()), std::string::npos);
  EXPECT_NE(result.error().message().find(fs::path(packs().at(0)).filename()), std::string::npos);
  EXPECT_EQ(result.error().hints(), std::vector<std::string>{"cairn fsck"});
}

TEST_F(ChunkReaderTest, AnotherCopyIsUsedWhicheverIsDamaged) {
  const auto chunk = words(20'000, 1);
  add(*open(), {chunk});
  add(*open(), {chunk, words(100, 2)});
  const auto all = packs();
  ASSERT_EQ(all.size(), 2u);
  for (const auto& pack : all) {
    const auto good = get_file(pack);
    flip_bit(pack, 64 + 60);
    EXPECT_EQ(read(*open(Store::Access::kRead), id_of(chunk)), to_text(chunk));
    put_file(pack, good);
  }
}

// The copy that is found first is the newest one.
TEST_F(ChunkReaderTest, AnOlderCopyServesWhenTheNewerIsDamaged) {
  const auto chunk = words(20'000, 1);
  const auto store = open();
  add(*store, {chunk, words(100, 2)});
  const auto old = packs().at(0);
  add(*store, {chunk});  // in a smaller frame, so it is read first
  for (const auto& pack : packs()) {
    if (pack != old) flip_bit(pack, 64 + 60);
  }
  EXPECT_EQ(read(*store, id_of(chunk)), to_text(chunk));
  EXPECT_EQ(marks().size(), 1u);
  EXPECT_TRUE(store->has(id_of(chunk)));
}

TEST_F(ChunkReaderTest, ATruncatedPackCostsOnlyWhatIsCutOff) {
  const auto store = open();
  {
    const auto session = begin(*store);
    ASSERT_TRUE(append(*session, {noise(5000, 1)}).ok());
    ASSERT_TRUE(append(*session, {noise(5000, 2)}).ok());
    ASSERT_TRUE(session->commit().ok());
  }
  auto bytes = get_file(packs().at(0));
  bytes.resize(8000);
  put_file(packs().at(0), bytes);
  EXPECT_EQ(read(*store, id_of(noise(5000, 1))), to_text(noise(5000, 1)));
  EXPECT_EQ(read(*store, id_of(noise(5000, 2))), failed(Code::kCorrupt));
}

// A collection in another process moves records to new packs while we read.
TEST_F(ChunkReaderTest, APackThatVanishesIsLookedForElsewhere) {
  const auto chunk = words(1000, 1);
  const auto store = open();
  add(*store, {chunk});
  const auto old = packs().at(0);
  const auto stale = open(Store::Access::kRead);
  ASSERT_TRUE(stale->has(id_of(chunk)));
  add(*store, {chunk, words(10, 2)});
  fs::remove(old);
  EXPECT_EQ(read(*stale, id_of(chunk)), to_text(chunk));
  const auto staler = open(Store::Access::kRead);
  for (const auto& pack : packs()) fs::remove(pack);
  EXPECT_EQ(read(*stale, id_of(chunk)), to_text(chunk)) << "by the descriptor it has";
  EXPECT_EQ(read(*staler, id_of(chunk)), failed(Code::kMissing));
}

// A mark is no proof: memory or a cable may have failed. Bytes with the right hash are right.
TEST_F(ChunkReaderTest, AMarkedCopyIsTheLastResort) {
  const auto chunk = words(1000, 1);
  const auto store = open();
  add(*store, {chunk});
  const auto place = *store->find(id_of(chunk));
  ASSERT_TRUE(store->mark_damaged(store->pack(place.pack).id, place.record.offset).ok());
  EXPECT_FALSE(store->has(id_of(chunk)));
  EXPECT_EQ(read(*store, id_of(chunk)), to_text(chunk));
}

// ---- records that lie; header CRCs and footers are right ----

TEST_F(ChunkReaderTest, RefusesBytesThatAreNotTheChunk) {
  const auto lie = noise(1000, 1);
  CraftedPack().add_raw(lie, id_of("something else")).write_to(directory);
  const auto store = open();
  ASSERT_TRUE(store->has(id_of("something else")));
  EXPECT_EQ(read(*store, id_of("something else")), failed(Code::kCorrupt));
  EXPECT_EQ(marks().size(), 1u);
}

TEST_F(ChunkReaderTest, RefusesAZstdBomb) {
  base::Bytes frame;
  {
    const base::Bytes zeros(std::size_t{256} << 20);
    frame = zstd_frame(zeros);
  }
  const ChunkId id = id_of("bomb");
  const auto plain_bytes = static_cast<std::uint32_t>(format::kMaxRecordPlainBytes);
  CraftedPack()
      .add(CraftedPack::header_of(1, plain_bytes, {plain_bytes}), frame, {{id, plain_bytes}})
      .write_to(directory);
  const auto store = open();
  ASSERT_TRUE(store->has(id));
  EXPECT_EQ(read(*store, id), failed(Code::kCorrupt));
  base::Bytes out(plain_bytes);
  EXPECT_EQ(ChunkReader(*store).read_into(id, out, Verify::kCallerHashes).error().code(),
            Code::kCorrupt);
}

TEST_F(ChunkReaderTest, RefusesLengthsThatLie) {
  const auto plain = words(5000, 1);
  const auto frame = zstd_frame(plain);
  const ChunkId longer = id_of("longer");
  const ChunkId shorter = id_of("shorter");
  CraftedPack()
      .add(CraftedPack::header_of(1, 6000, {6000}), frame, {{longer, 6000}})
      .add(CraftedPack::header_of(1, 4000, {4000}), frame, {{shorter, 4000}})
      .write_to(directory);
  const auto store = open();
  for (const ChunkId& id : {longer, shorter}) {
    ASSERT_TRUE(store->has(id));
    EXPECT_EQ(read(*store, id, Verify::kCallerHashes), failed(Code::kCorrupt));
  }
}

// The footer shares out the record's bytes otherwise than its header.
TEST_F(ChunkReaderTest, RefusesPlacesThatLie) {
  const auto plain = noise(1000, 1);
  const base::Bytes first(plain.begin(), plain.begin() + 400);
  const base::Bytes second(plain.begin() + 400, plain.end());
  CraftedPack()
      .add(CraftedPack::header_of(0, 1000, {400, 600}), plain,
           {{id_of(first), 600}, {id_of(second), 400}})
      .write_to(directory);
  const auto store = open();
  EXPECT_EQ(read(*store, id_of(first)), failed(Code::kCorrupt));
}

TEST_F(ChunkReaderTest, CodecsOfNewerProgramsAreKeptAndNamed) {
  const ChunkId id = id_of("from the future");
  CraftedPack()
      .add(CraftedPack::header_of(9, 100, {100}), noise(80, 1), {{id, 100}})
      .write_to(directory);
  const auto store = open();
  ASSERT_TRUE(store->has(id));
  EXPECT_EQ(read(*store, id), failed(Code::kTooNew));
  base::Bytes out(100);
  EXPECT_EQ(ChunkReader(*store).read_into(id, out, Verify::kCallerHashes).error().code(),
            Code::kTooNew);
  EXPECT_TRUE(marks().empty()) << "not damaged";
}

TEST_F(ChunkReaderTest, AReadableCopyIsPreferredToANewerCodec) {
  const auto chunk = noise(100, 1);
  const auto store = open();
  add(*store, {chunk});
  CraftedPack()
      .add(CraftedPack::header_of(9, 100, {100}), noise(80, 2), {{id_of(chunk), 100}})
      .write_to(directory);
  const auto again = open();
  ASSERT_EQ(again->find_all(id_of(chunk)).size(), 2u);
  EXPECT_EQ(read(*again, id_of(chunk)), to_text(chunk));
}

}  // namespace
}  // namespace cairn::store
