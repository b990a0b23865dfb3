#include "store/shrink.hpp"

#include "store_fixture.hpp"

namespace cairn::store {
namespace {

class ShrinkTest : public StoreTest {
 protected:
  using Set = std::unordered_set<ChunkId>;

  static constexpr std::uint64_t kAll = UINT64_MAX;

  // Three packs of two records each; the first is the one used longest ago.
  ShrinkTest() {
    store = open();
    for (std::uint64_t pack = 0; pack < 3; ++pack) {
      const auto session = begin(*store);
      for (const auto seed : {10 * pack, 10 * pack + 1}) {
        EXPECT_TRUE(append(*session, {noise(4000, seed)}).ok());
        all.insert(id_of(noise(4000, seed)));
      }
      EXPECT_TRUE(session->commit().ok());
      EXPECT_TRUE(session->put_page(id_of(words(500, pack)), words(500, pack)).ok());
      EXPECT_TRUE(session->commit().ok());
    }
    for (std::uint64_t pack = 0; pack < 3; ++pack)
      set_time(10 * pack, 1'000'000 + static_cast<std::int64_t>(pack));
  }

  [[nodiscard]] std::string pack_of(std::uint64_t seed) const {
    const auto place = store->find(id_of(noise(4000, seed)));
    const auto name = store->pack(place->pack).id.hex();
    return directory + "/packs/" + name.substr(0, 2) + "/" + name;
  }
  void set_time(std::uint64_t seed, std::int64_t seconds) const {
    fs::last_write_time(pack_of(seed), fs::file_time_type(std::chrono::seconds(seconds)));
  }
  ShrinkPlan plan(const Set& elsewhere, const Set& in_use, std::uint64_t bytes) {
    auto result = plan_shrink(context, *store, {elsewhere, in_use, bytes, seen});
    EXPECT_TRUE(result.ok());
    return result.ok() ? *std::move(result) : ShrinkPlan();
  }
  void apply(const ShrinkPlan& what) {
    EXPECT_TRUE(apply_sweep(context, *store, what.stay, what.sweep, 1000).ok());
  }
  [[nodiscard]] bool has(std::uint64_t seed) const { return store->has(id_of(noise(4000, seed))); }
  [[nodiscard]] std::vector<std::uint64_t> left() const {
    std::vector<std::uint64_t> out;
    for (const std::uint64_t seed : {0, 1, 10, 11, 20, 21}) {
      if (has(seed)) out.push_back(seed);
    }
    return out;
  }

  std::unique_ptr<Store> store;
  Set all;
  PackTimes seen;
};

using Seeds = std::vector<std::uint64_t>;

TEST_F(ShrinkTest, DropsWhatWasUsedLongestAgoUntilItIsEnough) {
  seen = pack_times(*store);
  apply(plan(all, {}, 9000));
  EXPECT_EQ(left(), (Seeds{11, 20, 21})) << "two records are not 9,000 bytes, three are";
  EXPECT_EQ(read(*store, id_of(noise(4000, 11))), to_text(noise(4000, 11)));
}

TEST_F(ShrinkTest, WhatIsInUseGoesLast) {
  seen = pack_times(*store);
  apply(plan(all, {id_of(noise(4000, 0)), id_of(noise(4000, 1))}, 9000));
  EXPECT_EQ(left(), (Seeds{0, 1, 21}));
}

TEST_F(ShrinkTest, OnlyWhatIsElsewhereGoes) {
  seen = pack_times(*store);
  apply(plan({id_of(noise(4000, 1)), id_of(noise(4000, 20))}, {}, kAll));
  EXPECT_EQ(left(), (Seeds{0, 10, 11, 21}));
  EXPECT_EQ(plan({}, {}, kAll).chunks, 0u);
}

TEST_F(ShrinkTest, PagesStayWhateverIsSaidOfThem) {
  seen = pack_times(*store);
  Set everything = all;
  for (std::uint64_t i = 0; i < 3; ++i) everything.insert(id_of(words(500, i)));
  apply(plan(everything, {}, kAll));
  EXPECT_TRUE(left().empty());
  for (std::uint64_t i = 0; i < 3; ++i) EXPECT_TRUE(store->has(id_of(words(500, i))));
}

TEST_F(ShrinkTest, ARecordThatHoldsSomethingElseStays) {
  add(*store, {noise(100, 77), noise(100, 78)});
  seen = pack_times(*store);
  apply(plan({id_of(noise(100, 77))}, {}, kAll));
  EXPECT_TRUE(store->has(id_of(noise(100, 77))));
}

TEST_F(ShrinkTest, PacksMadeOrUsedSinceTheTimesWereTakenStay) {
  seen = pack_times(*store);
  add(*store, {noise(4000, 99)});
  Set everything = all;
  everything.insert(id_of(noise(4000, 99)));
  const auto what = plan(everything, {}, kAll);
  EXPECT_FALSE(begin(*open())->claim(id_of(noise(4000, 0))))
      << "another command relies on the first pack";
  apply(what);
  EXPECT_EQ(left(), (Seeds{0, 1}));
  EXPECT_TRUE(store->has(id_of(noise(4000, 99))));
}

TEST_F(ShrinkTest, AnotherCopyDoesNotCountTwice) {
  add(*store, {noise(4000, 0), noise(10, 5)});
  seen = pack_times(*store);
  apply(plan(all, {}, kAll));
  EXPECT_EQ(left(), (Seeds{0})) << "the copy beside a chunk that must stay is still there";
}

}  // namespace
}  // namespace cairn::store
