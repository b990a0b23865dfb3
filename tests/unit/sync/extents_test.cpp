// Ranged reads that several records share.
#include "sync/extents.hpp"

#include <thread>

#include "format/remote_objects.hpp"
#include "remotes/decorators/count_remote.hpp"
#include "unit/sync/world.hpp"

namespace cairn::sync::test {
namespace {

constexpr std::uint32_t kRecord = 100'000;

class ExtentsTest : public testing::Test {
 protected:
  void SetUp() override {
    bytes_ = noise(3'000'000, 1);
    world_.put(world_.remote, format::pack_key(pack_), bytes_);
  }

  Extents make(std::size_t read_bytes, std::size_t kept_bytes) {
    return {world_.context, counted_, *blocks_, {read_bytes, kept_bytes}};
  }
  void expect_record(Extents& extents, std::uint32_t at) {
    const auto extent = extents.find(pack_, at, kRecord);
    ASSERT_TRUE(extent);
    const auto got = extents.read(*extent, at, kRecord);
    ASSERT_TRUE(got.ok()) << got.error().message();
    EXPECT_TRUE(std::equal(got->bytes.begin(), got->bytes.end(), bytes_.begin() + at));
  }

  World world_;
  remotes::CountRemote counted_{world_.remote};
  const PackId pack_ = *PackId::from_hex(std::string(64, '7'));
  base::Bytes bytes_;
  std::shared_ptr<store::BlockPool> blocks_ = store::BlockPool::make(std::size_t{1} << 20);
};

TEST_F(ExtentsTest, NeighboursComeTogetherOnceForAllUsers) {
  auto extents = make(1'000'000, 10'000'000);
  for (std::uint32_t at = 0; at < 1'900'000; at += kRecord) extents.add(pack_, at, kRecord - 10);
  extents.add(pack_, 0, kRecord);  // again: wanted, and somebody's base
  extents.cut();
  const auto first = extents.find(pack_, 0, kRecord);
  const auto second = extents.find(pack_, 1'500'000, kRecord - 10);
  ASSERT_TRUE(first && second);
  EXPECT_NE(*first, *second);
  EXPECT_FALSE(extents.find(pack_, 2'500'000, kRecord));
  EXPECT_FALSE(extents.find(pack_, 950'000, kRecord)) << "in no one extent as a whole";
  for (int i = 0; i < 8; ++i) extents.expect_user(*first);
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      expect_record(extents, 0);
      extents.release(*first);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(counted_.bytes_read(), 1'000'000U - 10);
}

TEST_F(ExtentsTest, WhatHasNoUserLeftOrNoRoomComesAgain) {
  auto extents = make(kRecord, 2 * kRecord);
  for (std::uint32_t at = 0; at < 6 * kRecord; at += 2 * kRecord) extents.add(pack_, at, kRecord);
  extents.cut();
  for (std::uint32_t at = 0; at < 6 * kRecord; at += 2 * kRecord)
    extents.expect_user(*extents.find(pack_, at, kRecord));
  expect_record(extents, 0);
  expect_record(extents, 2 * kRecord);
  expect_record(extents, 0);
  EXPECT_EQ(counted_.bytes_read(), 2 * kRecord);
  expect_record(extents, 4 * kRecord);  // no room for the second any more
  expect_record(extents, 0);
  EXPECT_EQ(counted_.bytes_read(), 3 * kRecord);
  expect_record(extents, 2 * kRecord);
  EXPECT_EQ(counted_.bytes_read(), 4 * kRecord);
  extents.release(*extents.find(pack_, 2 * kRecord, kRecord));
  expect_record(extents, 2 * kRecord);
  EXPECT_EQ(counted_.bytes_read(), 5 * kRecord);
}

TEST_F(ExtentsTest, WhatCannotBeReadIsAskedForOnce) {
  auto extents = make(1'000'000, 10'000'000);
  extents.add(pack_, 2'950'000, 40'000);
  extents.add(pack_, 2'990'000, 40'000);  // beyond the end
  extents.cut();
  const auto extent = extents.find(pack_, 2'950'000, 40'000);
  ASSERT_TRUE(extent);
  EXPECT_FALSE(extents.read(*extent, 2'950'000, 40'000).ok());
  const auto requests = counted_.total();
  EXPECT_FALSE(extents.read(*extent, 2'950'000, 40'000).ok());
  EXPECT_EQ(counted_.total(), requests);
  EXPECT_TRUE(extents.read_alone(pack_, 2'950'000, 40'000).ok());
}

}  // namespace
}  // namespace cairn::sync::test
