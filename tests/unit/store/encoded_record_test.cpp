// Bytes that change in memory between being hashed and being written: no record, nothing published.
#include "store/encoded_record.hpp"

#include "store/ingest_batch.hpp"
#include "unit/store/ingest_fixture.hpp"
#include "unit/store/store_fixture.hpp"

namespace cairn::store {
namespace {

using base::Bytes;
using codec::Effort;
using EncodedRecordTest = StoreTest;

// Chunks of these lengths, hashed; `plain` is what they were cut from.
std::vector<HashedChunk> hashed_chunks(const std::vector<std::uint32_t>& lengths,
                                       base::ByteView plain) {
  std::vector<HashedChunk> chunks;
  for (const std::uint32_t length : lengths) {
    const base::ByteView bytes = plain.first(length);
    chunks.push_back({{id_of(bytes), length}, crypto::crc32c(bytes)});
    plain = plain.subspan(length);
  }
  return chunks;
}

bool is_changed_in_memory(const Error& error) {
  return error.code() == Code::kCorrupt && error.slug() == "memory-changed";
}

TEST_F(EncodedRecordTest, IsTheSameWhetherChecksumsWereTakenEarlyOrNot) {
  codec::Encoder encoder;
  for (const bool compresses : {false, true}) {
    const auto plain = std::make_shared<Bytes>(compresses ? words(150'000, 7) : noise(150'000, 7));
    for (const std::vector<std::uint32_t>& lengths :
         {std::vector<std::uint32_t>{150'000}, {1, 99'999, 50'000}, {75'000, 75'000}}) {
      const auto chunks = hashed_chunks(lengths, *plain);
      std::vector<format::ChunkRef> refs;
      for (const HashedChunk& chunk : chunks) refs.push_back(chunk.ref);
      const auto now = encode_record(encoder, refs, *plain, plain, Effort::kNormal);
      const auto early = encode_hashed(encoder, chunks, *plain, plain, Effort::kNormal);
      ASSERT_TRUE(early.ok());
      EXPECT_EQ(now.header.codec, compresses ? 1 : 0);
      EXPECT_EQ(early->header_bytes, now.header_bytes);
      EXPECT_EQ(to_text(early->payload), to_text(now.payload));
      EXPECT_TRUE(check_record_bytes(*early).ok());
    }
  }
}

// Buffers are filled again by others as soon as nobody owns them.
TEST_F(EncodedRecordTest, HoldsThePlainBytesUntilItIsDoneWithThem) {
  codec::Encoder encoder;
  Bytes plain = words(150'000, 8);
  const auto chunks = hashed_chunks({75'000, 75'000}, plain);
  std::shared_ptr<const void> owner(plain.data(),
                                    [&](const void*) { std::ranges::fill(plain, 0); });
  const auto record = encode_hashed(encoder, chunks, plain, std::move(owner), Effort::kNormal);
  ASSERT_TRUE(record.ok());
  EXPECT_EQ(record->header.codec, 1);
  EXPECT_TRUE(check_record_bytes(*record).ok());
}

TEST_F(EncodedRecordTest, ARawOneThatChangesBeforeItIsWrittenEndsTheSession) {
  const auto store = open();
  const auto session = begin(*store);
  codec::Encoder encoder;
  ASSERT_TRUE(append(*session, {words(4'000, 1)}).ok());
  const auto plain = std::make_shared<Bytes>(noise(120'000, 2));
  auto record = encode_hashed(encoder, hashed_chunks({60'000, 60'000}, *plain), *plain, plain,
                              Effort::kNormal);
  ASSERT_TRUE(record.ok());
  (*plain)[99'999] ^= 4;
  const Status status = session->append(format::PackKind::kData, *std::move(record));
  ASSERT_FALSE(status.ok());
  EXPECT_TRUE(is_changed_in_memory(status.error()));
  EXPECT_FALSE(session->commit().ok()) << "what was appended before does not count either";
  EXPECT_TRUE(packs().empty());
  EXPECT_TRUE(segments().empty());
}

TEST_F(EncodedRecordTest, ACompressedOneThatChangesBeforeItIsWrittenIsRefused) {
  const auto store = open();
  const auto session = begin(*store);
  codec::Encoder encoder;
  const auto plain = std::make_shared<Bytes>(words(120'000, 2));
  auto record =
      encode_hashed(encoder, hashed_chunks({120'000}, *plain), *plain, plain, Effort::kNormal);
  ASSERT_TRUE(record.ok());
  auto payload = std::make_shared<Bytes>(record->payload.begin(), record->payload.end());
  (*payload)[payload->size() / 2] ^= 1;
  record->payload = *payload;
  record->owner = payload;
  EXPECT_FALSE(session->append(format::PackKind::kData, *std::move(record)).ok());
  EXPECT_FALSE(session->commit().ok());
  EXPECT_TRUE(packs().empty());
}

TEST_F(EncodedRecordTest, BytesThatChangeBeforeTheyAreEncodedAreNoticed) {
  const auto store = open();
  codec::Encoder encoder;
  for (const bool compresses : {false, true}) {
    const auto plain = std::make_shared<Bytes>(compresses ? words(90'000, 3) : noise(90'000, 3));
    const auto chunks = hashed_chunks({30'000, 60'000}, *plain);
    (*plain)[30'001] ^= 0x80;
    auto record = encode_hashed(encoder, chunks, *plain, plain, Effort::kNormal);
    const auto session = begin(*store);
    const Status status = record.ok() ? session->append(format::PackKind::kData, *std::move(record))
                                      : Status(record.error());
    ASSERT_FALSE(status.ok());
    EXPECT_TRUE(is_changed_in_memory(status.error()));
  }
}

// Ingest itself: the test holds the address of the buffer that the batch is read into.
TEST(EncodedRecord, ABufferOfIngestThatIsOverwrittenTooEarlyIsNoticed) {
  for (const std::size_t file_bytes : {std::size_t{9'000}, std::size_t{200'000}}) {
    IngestFixture fixture;
    for (std::uint64_t i = 0; i < 3; ++i) fixture.add_source(make_text(file_bytes, i));
    const auto open = fixture.opener();
    auto session = Session::begin(fixture.context, *fixture.store);
    ASSERT_TRUE(session.ok());
    detail::IngestRun run{fixture.context,
                          session->get(),
                          fixture.sources,
                          {},
                          detail::Depth::kStore,
                          open,
                          BlockPool::make(std::size_t{64} << 20),
                          Reuse<codec::Encoder>([] { return std::make_unique<codec::Encoder>(); })};
    std::uint8_t* const block = run.blocks->get(file_bytes).get();
    auto batch = detail::ingest_batch(run, {0, 1});
    ASSERT_TRUE(batch.ok());
    ASSERT_FALSE(batch->records.empty());
    ASSERT_EQ(batch->records[0].payload.data(), block) << "the pool gives the same block again";
    block[5] ^= 1;
    const Status status = (*session)->append(format::PackKind::kData, std::move(batch->records[0]));
    ASSERT_FALSE(status.ok());
    EXPECT_TRUE(is_changed_in_memory(status.error()));
    EXPECT_FALSE((*session)->commit().ok());
    fixture.reopen();
    EXPECT_EQ(fixture.store->usage().chunks, 0U);
  }
}

}  // namespace
}  // namespace cairn::store
