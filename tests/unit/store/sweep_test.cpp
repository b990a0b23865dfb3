#include <sys/resource.h>

#include <csignal>
#include <thread>

#include "base/file.hpp"
#include "store_fixture.hpp"

namespace cairn::store {
namespace {

constexpr std::int64_t kDayMs = 86'400'000;

class SweepTest : public StoreTest {
 protected:
  using Live = std::unordered_set<ChunkId>;

  void age_packs() { clock.now += 10 * kDayMs; }
  SweepPlan plan(const Store& store, const Live& live, std::int64_t grace_ms = kDayMs) {
    auto result = plan_sweep(context, store, live, grace_ms);
    EXPECT_TRUE(result.ok());
    return result.ok() ? *std::move(result) : SweepPlan();
  }
  void apply(Store& store, const Live& live, const SweepPlan& what) {
    const Status status = apply_sweep(context, store, live, what, 1000);
    EXPECT_TRUE(status.ok()) << (status.ok() ? "" : status.error().message());
  }
  [[nodiscard]] std::uint64_t stored_bytes() const {
    std::uint64_t bytes = 0;
    for (const auto& pack : packs()) bytes += fs::file_size(pack);
    return bytes;
  }
};

TEST_F(SweepTest, DeadPacksGoAndLiveOnesStay) {
  const auto store = open();
  add(*store, {words(5000, 1)});
  add(*store, {words(5000, 2)});
  add(*store, {noise(5000, 3)});
  age_packs();
  const Live live = {id_of(words(5000, 2))};
  const auto what = plan(*store, live);
  EXPECT_EQ(what.remove.size(), 2u);
  EXPECT_TRUE(what.rewrite.empty());
  const auto before = stored_bytes();
  apply(*store, live, what);
  EXPECT_EQ(before - stored_bytes(), what.freed_bytes());
  const auto again = open();
  for (const Store* each : {store.get(), again.get()}) {
    EXPECT_FALSE(each->has(id_of(words(5000, 1))));
    EXPECT_EQ(read(*each, id_of(words(5000, 2))), to_text(words(5000, 2)));
  }
  EXPECT_EQ(segments().size(), 1u) << "entries of removed packs are gone";
  EXPECT_EQ(open()->usage().packs, 1u);
  EXPECT_TRUE(leftovers().empty());
}

TEST_F(SweepTest, MostlyDeadPacksAreRewrittenWithTheirLiveRecords) {
  const auto store = open();
  {
    const auto session = begin(*store);
    for (std::uint64_t i = 0; i < 10; ++i) {
      ASSERT_TRUE(append(*session, {noise(3000, i), words(50, i)}).ok());
      ASSERT_TRUE(session->put_page(id_of(words(900, 100 + i)), words(900, 100 + i)).ok());
    }
    ASSERT_TRUE(session->commit().ok());
  }
  age_packs();
  const Live live = {id_of(noise(3000, 2)), id_of(words(50, 7)), id_of(words(900, 104))};
  const auto what = plan(*store, live);
  EXPECT_TRUE(what.remove.empty());
  ASSERT_EQ(what.rewrite.size(), 2u);
  apply(*store, live, what);
  const auto again = open();
  for (const Store* each : {store.get(), again.get()}) {
    EXPECT_EQ(read(*each, id_of(noise(3000, 2))), to_text(noise(3000, 2)));
    EXPECT_EQ(read(*each, id_of(words(50, 2))), to_text(words(50, 2))) << "a record stays whole";
    EXPECT_EQ(read(*each, id_of(words(50, 7))), to_text(words(50, 7)));
    EXPECT_EQ(read(*each, id_of(words(900, 104))), to_text(words(900, 104)));
    EXPECT_FALSE(each->has(id_of(noise(3000, 1))));
    EXPECT_EQ(each->pack(each->find(id_of(words(900, 104)))->pack).kind, format::PackKind::kMeta);
  }
  EXPECT_EQ(packs().size(), 2u);
  const auto report = check_store(context, *open(), ReadData::kEverything);
  ASSERT_TRUE(report.ok());
  EXPECT_TRUE(report->damage.empty());
  EXPECT_TRUE(report->notes.empty());
}

TEST_F(SweepTest, RewritingComesToAnEnd) {
  const auto store = open();
  {
    const auto session = begin(*store);
    for (std::uint64_t i = 0; i < 10; ++i) ASSERT_TRUE(append(*session, {words(10, i)}).ok());
    ASSERT_TRUE(session->commit().ok());
  }
  age_packs();
  const Live live = {id_of(words(10, 2))};
  apply(*store, live, plan(*store, live));
  age_packs();
  const auto again = plan(*store, live);
  EXPECT_TRUE(again.remove.empty());
  EXPECT_TRUE(again.rewrite.empty()) << "a small pack is not half dead because of its footer";
}

TEST_F(SweepTest, YoungPacksStay) {
  const auto store = open();
  add(*store, {words(5000, 1)});
  const auto what = plan(*store, {});
  EXPECT_TRUE(what.remove.empty());
  EXPECT_EQ(what.kept_young_bytes, stored_bytes());
  EXPECT_EQ(plan(*store, {}, -1000).remove.size(), 1u);
}

TEST_F(SweepTest, PlanningChangesNothing) {
  const auto store = open();
  add(*store, {words(5000, 1)});
  age_packs();
  EXPECT_EQ(plan(*open(Store::Access::kRead), {}).remove.size(), 1u);
  EXPECT_EQ(packs().size(), 1u);
  EXPECT_TRUE(store->has(id_of(words(5000, 1))));
}

TEST_F(SweepTest, WaitsForSessionsAndSaysWho) {
  const auto store = open();
  add(*store, {words(5000, 1)});
  age_packs();
  const auto what = plan(*store, {});
  auto session = begin(*store);
  EXPECT_EQ(apply_sweep(context, *store, {}, what, 20).error().code(), Code::kLocked);
  EXPECT_EQ(packs().size(), 1u);
  session.reset();
  apply(*store, {}, what);
  EXPECT_TRUE(packs().empty());
}

// A session that dedups against a pack of the plan, and ends before the plan is applied.
TEST_F(SweepTest, APackThatASessionReliedOnSinceThePlanStays) {
  const auto store = open();
  add(*store, {words(5000, 1)});
  add(*store, {words(5000, 2)});
  age_packs();
  const auto what = plan(*store, {});
  ASSERT_EQ(what.remove.size(), 2u);
  EXPECT_FALSE(begin(*open())->claim(id_of(words(5000, 1))));
  apply(*store, {}, what);
  EXPECT_TRUE(store->has(id_of(words(5000, 1))));
  EXPECT_FALSE(store->has(id_of(words(5000, 2))));
}

// The session runs when the plan is made, and writes its pointer after that.
TEST_F(SweepTest, APlanMadeDuringASessionDoesNotHoldForWhatItUsed) {
  const auto store = open();
  add(*store, {words(5000, 1)});
  auto session = begin(*store);
  EXPECT_FALSE(session->claim(id_of(words(5000, 1))));
  ASSERT_TRUE(append(*session, {words(5000, 2)}).ok());
  ASSERT_TRUE(session->commit().ok());
  const auto what = plan(*store, {}, -kDayMs);
  ASSERT_EQ(what.remove.size(), 2u);
  std::this_thread::sleep_for(
      std::chrono::milliseconds(20));  // one tick of the file system's clock
  session.reset();
  apply(*store, {}, what);
  EXPECT_TRUE(store->has(id_of(words(5000, 1))));
  EXPECT_TRUE(store->has(id_of(words(5000, 2))));
}

TEST_F(SweepTest, BasesOfLiveRecordsAreLive) {
  const auto base = noise(200, 1);
  add(*open(), {base});
  auto header = CraftedPack::header_of(3, 100, {100});
  header.bases = {id_of(base)};
  CraftedPack().add(header, noise(50, 2), {{id_of("delta"), 100}}).write_to(directory);
  const auto store = open();
  age_packs();
  EXPECT_TRUE(plan(*store, {id_of("delta")}).remove.empty());
  EXPECT_EQ(plan(*store, {id_of(base)}).remove.size(), 1u);
  EXPECT_EQ(plan(*store, {}).remove.size(), 2u);
}

TEST_F(SweepTest, ADamagedRecordGoesOnlyWhenAGoodCopyExists) {
  const auto store = open();
  const auto chunk = noise(3000, 1);
  add(*store, {chunk});
  const auto place = *store->find(id_of(chunk));
  flip_bit(packs().at(0), place.record.offset + 200);
  EXPECT_EQ(read(*store, id_of(chunk)), failed(Code::kCorrupt));
  age_packs();
  EXPECT_TRUE(plan(*store, {id_of(chunk)}).remove.empty()) << "it may be all that is left of it";
  add(*store, {chunk});
  const auto what = plan(*store, {id_of(chunk)}, -20 * kDayMs);
  ASSERT_EQ(what.remove.size(), 1u);
  apply(*store, {id_of(chunk)}, what);
  EXPECT_EQ(read(*open(), id_of(chunk)), to_text(chunk));
  EXPECT_TRUE(marks().empty()) << "marks go with their pack";
}

TEST_F(SweepTest, APackWithALiveRecordThatCantBeReadStaysWhole) {
  const auto store = open();
  {
    const auto session = begin(*store);
    for (std::uint64_t i = 0; i < 10; ++i) ASSERT_TRUE(append(*session, {noise(3000, i)}).ok());
    ASSERT_TRUE(session->commit().ok());
  }
  age_packs();
  const Live live = {id_of(noise(3000, 2)), id_of(noise(3000, 3))};
  const auto what = plan(*store, live);
  ASSERT_EQ(what.rewrite.size(), 1u);
  const auto old = packs().at(0);
  flip_bit(old, store->find(id_of(noise(3000, 3)))->record.offset + 100);
  fs::last_write_time(old, fs::file_time_type::clock::now());
  const auto fresh = plan(*store, live);
  apply(*store, live, fresh);
  EXPECT_TRUE(fs::exists(old));
  EXPECT_EQ(read(*open(), id_of(noise(3000, 2))), to_text(noise(3000, 2)));
}

TEST_F(SweepTest, ManySmallPacksAreJoined) {
  const auto store = open();
  Live live;
  for (std::uint64_t i = 0; i < 65; ++i) {
    const auto chunk = noise(100, i);
    live.insert(id_of(chunk));
    CraftedPack().add_raw(chunk, id_of(chunk)).write_to(directory);
    if (i == 63) {
      age_packs();
      EXPECT_TRUE(plan(*open(), live).rewrite.empty()) << "64 are few";
    }
  }
  const auto all = open();
  const auto what = plan(*all, live);
  EXPECT_EQ(what.rewrite.size(), 65u);
  apply(*all, live, what);
  EXPECT_EQ(packs().size(), 1u);
  EXPECT_EQ(segments().size(), 1u);
  for (std::uint64_t i = 0; i < 65; ++i)
    EXPECT_EQ(read(*open(), id_of(noise(100, i))), to_text(noise(100, i)));
}

// No file may grow, as on a full disk: removing dead packs must work all the same.
TEST_F(SweepTest, AFullDiskCanBeCollected) {
  const auto store = open();
  add(*store, {noise(5000, 1)});
  add(*store, {noise(5000, 2)});
  age_packs();
  const Live live = {id_of(noise(5000, 2))};
  const auto what = plan(*store, live);
  ASSERT_EQ(what.remove.size(), 1u);
  rlimit old{};
  ::getrlimit(RLIMIT_FSIZE, &old);
  const rlimit none{0, old.rlim_max};
  auto* const handler = std::signal(SIGXFSZ, SIG_IGN);
  ::setrlimit(RLIMIT_FSIZE, &none);
  const Status status = apply_sweep(context, *store, live, what, 1000);
  ::setrlimit(RLIMIT_FSIZE, &old);
  std::signal(SIGXFSZ, handler);
  EXPECT_TRUE(status.ok()) << (status.ok() ? "" : status.error().message());
  EXPECT_EQ(packs().size(), 1u);
  const auto again = open();
  for (const Store* each : {store.get(), again.get()}) {
    EXPECT_FALSE(each->has(id_of(noise(5000, 1))));
    EXPECT_EQ(read(*each, id_of(noise(5000, 2))), to_text(noise(5000, 2)));
  }
}

TEST_F(SweepTest, ReadersOfAnotherProcessGoOnDuringASweep) {
  const auto store = open();
  {
    const auto session = begin(*store);
    for (std::uint64_t i = 0; i < 10; ++i) ASSERT_TRUE(append(*session, {noise(3000, i)}).ok());
    ASSERT_TRUE(session->commit().ok());
  }
  age_packs();
  const auto reading = open(Store::Access::kRead);
  const Live live = {id_of(noise(3000, 2))};
  apply(*store, live, plan(*store, live));
  EXPECT_EQ(read(*reading, id_of(noise(3000, 2))), to_text(noise(3000, 2)));
}

TEST_F(SweepTest, ClearsWhatDeadWritersLeft) {
  put_file(directory + "/tmp/" + std::string(32, 'a') + ".3", noise(1000, 1));
  const auto store = open();
  apply(*store, {}, {});
  EXPECT_TRUE(leftovers().empty());
}

// Chunks of a pack that another session of the same store made while ours ran.
TEST_F(SweepTest, PacksMadeBesideASessionAreTouchedWhenItEnds) {
  const auto store = open();
  auto session = begin(*store);
  add(*store, {words(5000, 1)});
  EXPECT_FALSE(session->claim(id_of(words(5000, 1))));
  const auto what = plan(*store, {}, -kDayMs);
  ASSERT_EQ(what.remove.size(), 1u);
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  session.reset();
  apply(*store, {}, what);
  EXPECT_TRUE(store->has(id_of(words(5000, 1))));
}

TEST_F(SweepTest, NeedsAStoreOpenForWriting) {
  const auto store = open(Store::Access::kRead);
  EXPECT_EQ(apply_sweep(context, *store, {}, {}, 0).error().code(), Code::kInternal);
}

}  // namespace
}  // namespace cairn::store
