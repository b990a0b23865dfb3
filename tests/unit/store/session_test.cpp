#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
#include <thread>

#include "base/file.hpp"
#include "store_fixture.hpp"

namespace cairn::store {
namespace {

using SessionTest = StoreTest;

// While it lives, no file can grow beyond `bytes`: writing fails with kNoSpace.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : old_handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &old_);
    const rlimit limit{bytes, old_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &old_);
    std::signal(SIGXFSZ, old_handler_);
  }

 private:
  void (*old_handler_)(int);
  rlimit old_{};
};

TEST_F(SessionTest, CommittedChunksAreFoundAndReadBack) {
  const auto store = open();
  const auto small = to_bytes("hello");
  const auto text = words(200'000, 1);
  const auto raw = noise(300'000, 2);
  const auto session = begin(*store);
  ASSERT_TRUE(append(*session, {small, text}).ok());
  ASSERT_TRUE(append(*session, {raw}).ok());
  EXPECT_FALSE(store->has(id_of(small))) << "nothing is findable before commit";
  ASSERT_TRUE(session->commit().ok());
  for (const auto& chunk : {small, text, raw}) {
    EXPECT_EQ(read(*store, id_of(chunk)), to_text(chunk));
    EXPECT_EQ(read(*store, id_of(chunk), Verify::kCallerHashes), to_text(chunk));
  }
  EXPECT_EQ(packs().size(), 1u);
  EXPECT_EQ(segments().size(), 1u);
}

TEST_F(SessionTest, AnotherProcessFindsThemAfterOpening) {
  const auto chunk = words(5000, 3);
  add(*open(), {chunk});
  EXPECT_EQ(read(*open(Store::Access::kRead), id_of(chunk)), to_text(chunk));
}

TEST_F(SessionTest, EncodingChoosesTheCodecAndKeepsEveryByte) {
  codec::Encoder encoder;
  const auto plain = std::make_shared<base::Bytes>(words(100'000, 1));
  const format::ChunkRef chunk{id_of(*plain), 100'000};
  const auto packed = encode_record(encoder, {chunk}, *plain, plain, codec::Effort::kNormal);
  EXPECT_EQ(packed.header.codec, 1);
  EXPECT_LT(packed.payload.size(), plain->size());
  const auto random = std::make_shared<base::Bytes>(noise(100'000, 1));
  const auto raw =
      encode_record(encoder, {{id_of(*random), 100'000}}, *random, random, codec::Effort::kNormal);
  EXPECT_EQ(raw.header.codec, 0);
  EXPECT_EQ(raw.payload.data(), random->data()) << "raw payload is not copied";
}

TEST_F(SessionTest, DataAndPagesGoToPacksOfTheirKind) {
  const auto store = open();
  const auto session = begin(*store);
  const auto page = words(3000, 5);
  ASSERT_TRUE(append(*session, {words(100, 1)}).ok());
  ASSERT_TRUE(session->put_page(id_of(page), page).ok());
  ASSERT_TRUE(session->put_page(id_of(page), page).ok()) << "the second one is not stored";
  ASSERT_TRUE(session->commit().ok());
  ASSERT_EQ(store->pack_count(), 2u);
  const auto place = store->find(id_of(page));
  ASSERT_TRUE(place);
  EXPECT_EQ(store->pack(place->pack).kind, format::PackKind::kMeta);
  EXPECT_EQ(session->totals().records, 2u);
  const auto fetched = page_fetch(*store)(id_of(page));
  ASSERT_TRUE(fetched.ok());
  EXPECT_EQ(*fetched, page);
}

TEST_F(SessionTest, ClaimsAreGivenOnce) {
  const auto store = open();
  const auto chunk = words(100, 1);
  const auto session = begin(*store);
  EXPECT_TRUE(session->claim(id_of(chunk)));
  EXPECT_FALSE(session->claim(id_of(chunk))) << "claimed in this session";
  ASSERT_TRUE(append(*session, {chunk}).ok());
  ASSERT_TRUE(session->commit().ok());
  EXPECT_FALSE(session->claim(id_of(chunk))) << "in the store";
  EXPECT_FALSE(begin(*store)->claim(id_of(chunk)));
  EXPECT_FALSE(begin(*open())->claim(id_of(chunk)));
}

TEST_F(SessionTest, ThreadsClaimEachChunkOnce) {
  const auto store = open();
  const auto session = begin(*store);
  std::atomic<unsigned> given = 0;
  const auto claim_all = [&] {
    for (std::uint64_t i = 0; i < 5000; ++i)
      given += session->claim(id_of(std::to_string(i))) ? 1u : 0u;
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back(claim_all);
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(given, 5000u);
}

TEST_F(SessionTest, ThreadsAppendBesideEachOtherAndLookUpMeanwhile) {
  const auto store = open();
  const auto session = begin(*store);
  std::atomic<bool> ok = true;
  const auto work = [&](std::uint64_t thread) {
    for (std::uint64_t i = 0; i < 40; ++i) {
      const auto chunk = words(2000, thread * 1000 + i);
      const auto kind = i % 2 == 0 ? format::PackKind::kData : format::PackKind::kMeta;
      if (session->claim(id_of(chunk))) ok = ok && append(*session, {chunk}, kind).ok();
      if (i % 10 == 9) ok = ok && session->commit().ok();
      (void)store->has(id_of(words(2000, i)));
    }
  };
  std::vector<std::thread> threads;
  for (std::uint64_t t = 0; t < 4; ++t) threads.emplace_back(work, t);
  for (auto& thread : threads) thread.join();
  ASSERT_TRUE(ok);
  ASSERT_TRUE(session->commit().ok());
  for (std::uint64_t t = 0; t < 4; ++t) {
    for (std::uint64_t i = 0; i < 40; ++i) {
      const auto chunk = words(2000, t * 1000 + i);
      ASSERT_EQ(read(*store, id_of(chunk)), to_text(chunk));
    }
  }
}

TEST_F(SessionTest, TwoSessionsOfTwoStoresRunBesideEachOther) {
  const auto store_a = open();
  const auto store_b = open();
  const auto a = begin(*store_a);
  const auto b = begin(*store_b);
  const auto both = words(1000, 1);
  ASSERT_TRUE(a->claim(id_of(both)));
  ASSERT_TRUE(b->claim(id_of(both)));
  ASSERT_TRUE(append(*a, {both}).ok());
  ASSERT_TRUE(append(*b, {both}).ok());
  const auto only_b = words(1000, 2);
  ASSERT_TRUE(append(*b, {only_b}).ok());
  ASSERT_TRUE(a->commit().ok());
  ASSERT_TRUE(b->commit().ok());
  const auto all = open();
  EXPECT_EQ(all->find_all(id_of(both)).size(), 2u);
  EXPECT_EQ(read(*all, id_of(only_b)), to_text(only_b));
}

TEST_F(SessionTest, UncommittedSessionLeavesNothing) {
  const auto store = open();
  const auto chunk = words(5000, 1);
  {
    const auto session = begin(*store);
    ASSERT_TRUE(append(*session, {chunk}).ok());
    EXPECT_EQ(leftovers().size(), 2u) << "the pack and its owner";
  }
  EXPECT_TRUE(leftovers().empty());
  EXPECT_TRUE(packs().empty());
  EXPECT_FALSE(open()->has(id_of(chunk)));
}

TEST_F(SessionTest, FilesOfDeadWritersAreRemovedAndThoseOfLivingOnesStay) {
  const std::string dead(32, 'a');
  put_file(directory + "/tmp/" + dead + ".owner", to_bytes("pid 1 `cairn add`\n"));
  put_file(directory + "/tmp/" + dead + ".0", to_bytes("half a pack"));
  put_file(directory + "/tmp/" + std::string(32, 'b') + ".7", to_bytes("its owner file is gone"));
  put_file(directory + "/tmp/stranger", to_bytes("not ours"));
  const auto store = open();
  const auto living = begin(*store);
  ASSERT_TRUE(append(*living, {words(100, 1)}).ok());
  const auto next = begin(*store);
  const auto left = leftovers();
  EXPECT_EQ(left.size(), 4u) << "two owners, one pack, the stranger";
  EXPECT_FALSE(fs::exists(directory + "/tmp/" + dead + ".0"));
  EXPECT_FALSE(fs::exists(directory + "/tmp/" + dead + ".owner"));
  EXPECT_TRUE(fs::exists(directory + "/tmp/stranger"));
  EXPECT_TRUE(living->commit().ok());
}

TEST_F(SessionTest, CommitsAreCheckpoints) {
  const auto store = open();
  const auto session = begin(*store);
  ASSERT_TRUE(session->commit().ok()) << "nothing to do";
  EXPECT_TRUE(segments().empty());
  ASSERT_TRUE(append(*session, {words(100, 1)}).ok());
  ASSERT_TRUE(session->commit().ok());
  ASSERT_TRUE(append(*session, {words(100, 2)}).ok());
  EXPECT_TRUE(store->has(id_of(words(100, 1))));
  EXPECT_FALSE(store->has(id_of(words(100, 2))));
  ASSERT_TRUE(session->commit().ok());
  EXPECT_TRUE(store->has(id_of(words(100, 2))));
  EXPECT_EQ(packs().size(), 2u);
}

TEST_F(SessionTest, PacksAreReadOnlyAndOfAboutTheirTarget) {
  const auto store = open();
  const auto session = begin(*store);
  for (std::uint64_t i = 0; i < 140; ++i) ASSERT_TRUE(append(*session, {noise(512 << 10, i)}).ok());
  ASSERT_TRUE(session->commit().ok());
  ASSERT_EQ(packs().size(), 2u);
  for (const auto& pack : packs()) {
    struct ::stat info {};
    ASSERT_EQ(::stat(pack.c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777, 0444u);
    EXPECT_LE(info.st_size, (64 << 20) + (1 << 20));
  }
  for (std::uint64_t i = 0; i < 140; ++i) ASSERT_TRUE(store->has(id_of(noise(512 << 10, i))));
}

TEST_F(SessionTest, ARecordIsCopiedWithItsBytes) {
  const auto chunk = words(10'000, 1);
  const auto from = open();
  add(*from, {chunk, words(500, 2)});
  const auto place = from->find(id_of(chunk));
  ASSERT_TRUE(place);
  const auto record = from->read_record(*place);
  ASSERT_TRUE(record.ok());

  directory = scratch + "/second";
  ASSERT_TRUE(Store::create(directory).ok());
  const auto to = open();
  const auto session = begin(*to);
  const std::vector<format::ChunkRef> chunks = {{id_of(chunk), 10'000},
                                                {id_of(words(500, 2)), 500}};
  ASSERT_TRUE(session->append_copy(format::PackKind::kData, *record, chunks).ok());
  ASSERT_TRUE(session->commit().ok());
  EXPECT_EQ(read(*to, id_of(words(500, 2))), to_text(words(500, 2)));

  auto bad = *record;
  bad.back() ^= 1;
  EXPECT_EQ(session->append_copy(format::PackKind::kData, bad, chunks).error().code(),
            Code::kCorrupt);
  const Status mismatch =
      session->append_copy(format::PackKind::kData, *record, {chunks.data(), 1});
  EXPECT_EQ(mismatch.error().code(), Code::kInternal);
}

TEST_F(SessionTest, AWriteErrorEndsTheSessionForGood) {
  const auto store = open();
  const auto session = begin(*store);
  ASSERT_TRUE(append(*session, {noise(1000, 1)}).ok());
  {
    const FileSizeLimit limit(4096);
    EXPECT_EQ(append(*session, {noise(10'000, 2)}).error().code(), Code::kNoSpace);
  }
  EXPECT_EQ(append(*session, {noise(1000, 3)}).error().code(), Code::kNoSpace)
      << "space is there again, but not trust";
  EXPECT_EQ(session->commit().error().code(), Code::kNoSpace);
  EXPECT_TRUE(packs().empty());
  EXPECT_FALSE(store->has(id_of(noise(1000, 1))));
}

TEST_F(SessionTest, WaitsForACollectionAndNamesIt) {
  const auto store = open();
  const auto lock =
      base::FileLock::acquire(directory + "/LOCK", base::FileLock::Mode::kExclusive, 0);
  ASSERT_TRUE(lock.ok());
  const auto session = Session::begin(context, *store, 20);
  ASSERT_FALSE(session.ok());
  EXPECT_EQ(session.error().code(), Code::kLocked);
}

TEST_F(SessionTest, NeedsAStoreOpenForWriting) {
  const auto store = open(Store::Access::kRead);
  EXPECT_EQ(Session::begin(context, *store).error().code(), Code::kInternal);
}

// Between opening the store and beginning the session a collection removed a pack: its chunks must
// be stored again.
TEST_F(SessionTest, DoesNotRelyOnPacksRemovedSinceTheStoreWasOpened) {
  const auto chunk = words(1000, 1);
  add(*open(), {chunk});
  const auto store = open();
  fs::remove(packs().at(0));
  const auto session = begin(*store);
  EXPECT_TRUE(session->claim(id_of(chunk)));
}

TEST_F(SessionTest, DoesNotRelyOnAPackThatVanishesWhileItRuns) {
  const auto chunk = words(1000, 1);
  add(*open(), {chunk});
  const auto store = open();
  const auto session = begin(*store);
  fs::remove(packs().at(0));
  EXPECT_TRUE(session->claim(id_of(chunk)));
  ASSERT_TRUE(append(*session, {chunk}).ok());
  ASSERT_TRUE(session->commit().ok());
  EXPECT_EQ(read(*store, id_of(chunk)), to_text(chunk));
}

}  // namespace
}  // namespace cairn::store
