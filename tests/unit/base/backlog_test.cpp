#include "base/backlog.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace cairn::base {
namespace {

TEST(Backlog, DoesEverythingBeforeDrainReturns) {
  CpuPool pool(3);
  std::atomic<int> done = 0;
  Backlog backlog(pool, 1000);
  for (int i = 0; i < 500; ++i) {
    const Status added = backlog.add(100, [&]() -> Status {
      ++done;
      return {};
    });
    EXPECT_TRUE(added.ok());
  }
  EXPECT_TRUE(backlog.drain().ok());
  EXPECT_EQ(done, 500);
}

TEST(Backlog, WhatFindsNoRoomIsDoneByTheCaller) {
  CpuPool pool(1);
  std::atomic<bool> go = false;
  Backlog backlog(pool, 100);
  const auto wait = [&]() -> Status {
    while (!go) std::this_thread::yield();
    return {};
  };
  ASSERT_TRUE(backlog.add(100, wait).ok());
  std::thread::id by;
  const auto note = [&]() -> Status {
    by = std::this_thread::get_id();
    return {};
  };
  ASSERT_TRUE(backlog.add(1, note).ok());
  EXPECT_EQ(by, std::this_thread::get_id());
  go = true;
  EXPECT_TRUE(backlog.drain().ok());
}

TEST(Backlog, TheFirstErrorEndsWhatWasNotBegun) {
  CpuPool pool(1);
  std::atomic<int> done = 0;
  std::atomic<bool> go = false;
  Backlog backlog(pool, 1000);
  const auto fail = [&]() -> Status {
    while (!go) std::this_thread::yield();
    return Error(Code::kNoSpace, "full");
  };
  const auto work = [&]() -> Status {
    ++done;
    return {};
  };
  ASSERT_TRUE(backlog.add(10, fail).ok());
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(backlog.add(10, work).ok());
  go = true;
  const Status drained = backlog.drain();
  ASSERT_FALSE(drained.ok());
  EXPECT_EQ(done, 0);
  EXPECT_FALSE(backlog.add(10, work).ok());
}

}  // namespace
}  // namespace cairn::base
