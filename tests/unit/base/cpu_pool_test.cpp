#include "base/cpu_pool.hpp"

#include <algorithm>
#include <atomic>
#include <latch>
#include <set>
#include <stdexcept>

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "base/available_cores.hpp"
#include "scratch.hpp"

namespace cairn::base {
namespace {

TEST(CpuPool, RunsEveryJobBeforeItCloses) {
  std::atomic<int> count = 0;
  {
    CpuPool pool(3);
    for (int i = 0; i < 1000; ++i) pool.submit([&] { ++count; });
  }
  EXPECT_EQ(count, 1000);
}

TEST(CpuPool, ThreadsRunAtTheSameTime) {
  std::latch together(4);  // opens only when three jobs and we are there; outlives the threads
  CpuPool pool(3);
  for (int i = 0; i < 3; ++i) pool.submit([&] { together.arrive_and_wait(); });
  together.arrive_and_wait();
  SUCCEED();
}

TEST(CpuPool, ThreadsGiveWayToTheCaller) {
  const auto nice_value = [] {
    return ::getpriority(PRIO_PROCESS, static_cast<id_t>(::syscall(SYS_gettid)));
  };
  const int mine = nice_value();
  std::atomic<int> theirs = mine;
  {
    CpuPool pool(1);
    pool.submit([&] { theirs = nice_value(); });
  }
  EXPECT_GT(theirs, std::min(mine, 18));
  EXPECT_EQ(nice_value(), mine);
}

TEST(CpuPool, ZeroMeansOnePerAvailableCore) {
  EXPECT_EQ(CpuPool(0).threads(), available_cores());
  EXPECT_GE(available_cores(), 1U);
  EXPECT_LE(available_cores(), std::max(std::thread::hardware_concurrency(), 1U));
  EXPECT_EQ(CpuPool(5).threads(), 5U);
}

TEST(CpuPool, CgroupQuota) {
  EXPECT_EQ(cores_of_cpu_max("100000 100000\n"), 1U);
  EXPECT_EQ(cores_of_cpu_max("150000 100000\n"), 2U);
  EXPECT_EQ(cores_of_cpu_max("50000 100000"), 1U);
  EXPECT_EQ(cores_of_cpu_max("max 100000\n"), std::nullopt);
  EXPECT_EQ(cores_of_cpu_max("100000 0\n"), std::nullopt);
  EXPECT_EQ(cores_of_cpu_max(""), std::nullopt);
}

TEST(ParallelFor, VisitsEveryIndexOnce) {
  for (const unsigned threads : {1U, 4U}) {
    TestContext test(threads);
    std::vector<std::atomic<int>> visits(5000);
    const auto status = parallel_for(test.context, visits.size(), [&](std::size_t i) -> Status {
      ++visits[i];
      return {};
    });
    ASSERT_TRUE(status.ok());
    for (std::size_t i = 0; i < visits.size(); ++i) ASSERT_EQ(visits[i], 1) << i;
  }
}

TEST(ParallelFor, UsesTheCallerAndThePool) {
  TestContext test(2);
  std::latch both(2);  // needs two threads inside body at once
  const auto status = parallel_for(test.context, 2, [&](std::size_t) -> Status {
    both.arrive_and_wait();
    return {};
  });
  EXPECT_TRUE(status.ok());
}

TEST(ParallelFor, NothingToDo) {
  TestContext test(2);
  EXPECT_TRUE(parallel_for(test.context, 0, [](std::size_t) -> Status {
                return Error(Code::kIo, "called");
              }).ok());
}

TEST(ParallelFor, FirstErrorStopsFurtherWork) {
  std::latch both(2);  // both threads are at work when one of them fails
  TestContext test(2);
  std::atomic<std::size_t> calls = 0;
  const auto status = parallel_for(test.context, 1'000'000, [&](std::size_t i) -> Status {
    ++calls;
    if (i < 2) both.arrive_and_wait();
    if (i == 10) return Error(Code::kCorrupt, "ten");
    return {};
  });
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().message(), "ten");
  EXPECT_LT(calls, 1'000'000U);
}

TEST(ParallelFor, WaitsForWorkInFlightAfterAnError) {
  for (int round = 0; round < 3; ++round) {
    std::latch both(2);
    std::atomic<bool> failing = false;
    std::atomic<int> running = 0;
    TestContext test(2);
    const auto caller = std::this_thread::get_id();
    const auto status = parallel_for(test.context, 2, [&](std::size_t) -> Status {
      ++running;
      both.arrive_and_wait();
      if (std::this_thread::get_id() == caller) {
        --running;
        failing = true;
        return Error(Code::kIo, "caller");
      }
      while (!failing) std::this_thread::yield();
      for (int i = 0; i < 1000; ++i)
        std::this_thread::yield();  // a caller that does not wait gets away
      --running;
      return {};
    });
    ASSERT_FALSE(status.ok());
    ASSERT_EQ(running, 0);
  }
}

TEST(ParallelFor, ExceptionBecomesAnError) {
  TestContext test(2);
  const auto status = parallel_for(
      test.context, 4, [](std::size_t) -> Status { throw std::runtime_error("thrown"); });
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code(), Code::kInternal);
  EXPECT_NE(status.error().message().find("thrown"), std::string::npos);
}

TEST(ParallelFor, StopEndsItAsInterrupted) {
  TestContext test(2);
  std::atomic<std::size_t> calls = 0;
  const auto status = parallel_for(test.context, 1'000'000, [&](std::size_t i) -> Status {
    ++calls;
    if (i == 10) test.stop.request_stop();
    return {};
  });
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code(), Code::kInterrupted);
  EXPECT_LT(calls, 1'000'000U);
}

TEST(ParallelFor, NestsOnOneThread) {
  std::atomic<int> calls = 0;
  std::latch done(1);
  TestContext test(1);
  // From inside the only pool thread.
  test.pool.submit([&] {
    const auto status = parallel_for(test.context, 10, [&](std::size_t) {
      return parallel_for(test.context, 10, [&](std::size_t) -> Status {
        ++calls;
        return {};
      });
    });
    if (!status.ok()) calls = -1;
    done.count_down();
  });
  done.wait();
  EXPECT_EQ(calls, 100);
}

TEST(CheckStop, FollowsTheToken) {
  TestContext test(1);
  EXPECT_TRUE(check_stop(test.context).ok());
  test.stop.request_stop();
  ASSERT_FALSE(check_stop(test.context).ok());
  EXPECT_EQ(check_stop(test.context).error().code(), Code::kInterrupted);
}

}  // namespace
}  // namespace cairn::base
