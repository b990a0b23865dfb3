#include <atomic>
#include <functional>
#include <latch>
#include <memory>
#include <stdexcept>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "base/cpu_pool.hpp"
#include "scratch.hpp"

namespace cairn::base {
namespace {

using Next = std::function<Result<std::optional<int>>()>;
using Work = std::function<Result<int>(int&)>;
using Commit = std::function<Status(int&)>;

// Yields 0 .. count - 1.
Next counting(int count) {
  return [count, at = 0]() mutable -> Result<std::optional<int>> {
    if (at == count) return std::optional<int>();
    return std::optional<int>(at++);
  };
}

Result<int> same(int& item) { return item; }

std::vector<int> first_numbers(std::size_t count) {
  std::vector<int> numbers;
  while (numbers.size() < count) numbers.push_back(static_cast<int>(numbers.size()));
  return numbers;
}

struct Run {
  Status status;
  std::vector<int> committed;
};

Run run(const Context& context, std::size_t window, const Next& next, const Work& work) {
  Run run;
  run.status = run_ordered<int, int>(context, window, next, work, [&](int& out) -> Status {
    run.committed.push_back(out);
    return {};
  });
  return run;
}

TEST(RunOrdered, CommitsInInputOrder) {
  for (const unsigned threads : {1U, 4U}) {
    for (const std::size_t window : {0U, 1U, 2U, 16U}) {
      TestContext test(threads);
      const auto result = run(test.context, window, counting(1000), [](int& item) -> Result<int> {
        volatile int spin = (item * 7919) % 2000;  // uneven work, so that later items overtake
        while (spin > 0) spin = spin - 1;
        return item;
      });
      ASSERT_TRUE(result.status.ok());
      EXPECT_EQ(result.committed, first_numbers(1000));
    }
  }
}

TEST(RunOrdered, NothingToDo) {
  TestContext test(2);
  const auto result = run(test.context, 4, counting(0), same);
  EXPECT_TRUE(result.status.ok());
  EXPECT_TRUE(result.committed.empty());
}

TEST(RunOrdered, LaterItemsRunWhileTheFirstIsBusy) {
  TestContext test(2);
  std::latch second_ran(1);
  const auto result = run(test.context, 2, counting(2), [&](int& item) -> Result<int> {
    if (item == 0) second_ran.wait();
    if (item == 1) second_ran.count_down();
    return item;
  });
  ASSERT_TRUE(result.status.ok());
  EXPECT_EQ(result.committed, first_numbers(2));
}

TEST(RunOrdered, KeepsToTheWindow) {
  TestContext test(4);
  int waiting = 0;  // next and commit run on this thread
  int most = 0;
  auto numbers = counting(500);
  const auto next = [&]() -> Result<std::optional<int>> {
    auto item = numbers();
    if (item.ok() && item->has_value()) most = std::max(most, ++waiting);
    return item;
  };
  const auto status = run_ordered<int, int>(test.context, 5, next, same, [&](int&) -> Status {
    --waiting;
    return {};
  });
  ASSERT_TRUE(status.ok());
  EXPECT_EQ(waiting, 0);
  EXPECT_LE(most, 5);
  EXPECT_GE(most, 1);
}

// Ready results wait, up to the window, rather than threads.
TEST(RunOrdered, FeedsThreadsThatHaveNothingToStart) {
  TestContext test(2);
  std::atomic<int> done = 0;
  int produced = 0;
  std::vector<int> produced_at_commit;
  const auto status = run_ordered<int, int>(
      test.context, 8,
      [&]() -> Result<std::optional<int>> {
        while (done < produced) std::this_thread::yield();
        if (produced == 20) return std::optional<int>();
        return std::optional<int>(produced++);
      },
      [&](int& item) -> Result<int> {
        ++done;
        return item;
      },
      [&](int&) -> Status {
        produced_at_commit.push_back(produced);
        return {};
      });
  ASSERT_TRUE(status.ok());
  ASSERT_EQ(produced_at_commit.size(), 20U);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(produced_at_commit[i], std::min(i + 8, 20)) << i;
}

TEST(RunOrdered, NextAndCommitStayOnTheCallingThread) {
  TestContext test(3);
  const auto self = std::this_thread::get_id();
  bool elsewhere = false;
  auto numbers = counting(100);
  const auto next = [&] {
    elsewhere = elsewhere || std::this_thread::get_id() != self;
    return numbers();
  };
  const auto status = run_ordered<int, int>(test.context, 8, next, same, [&](int&) -> Status {
    elsewhere = elsewhere || std::this_thread::get_id() != self;
    return {};
  });
  ASSERT_TRUE(status.ok());
  EXPECT_FALSE(elsewhere);
}

TEST(RunOrdered, MoveOnlyItemsAndResults) {
  TestContext test(2);
  int left = 50;
  std::vector<int> committed;
  const auto status = run_ordered<std::unique_ptr<int>, std::unique_ptr<long>>(
      test.context, 4,
      [&]() -> Result<std::optional<std::unique_ptr<int>>> {
        if (left == 0) return std::optional<std::unique_ptr<int>>();
        return std::optional<std::unique_ptr<int>>(std::make_unique<int>(50 - left--));
      },
      [](std::unique_ptr<int>& item) -> Result<std::unique_ptr<long>> {
        return std::make_unique<long>(*item);
      },
      [&](std::unique_ptr<long>& out) -> Status {
        committed.push_back(static_cast<int>(*out));
        return {};
      });
  ASSERT_TRUE(status.ok());
  EXPECT_EQ(committed, first_numbers(50));
}

TEST(RunOrdered, WorkErrorEndsTheRun) {
  for (const unsigned threads : {1U, 4U}) {
    TestContext test(threads);
    const auto result = run(test.context, 8, counting(1'000'000), [](int& item) -> Result<int> {
      if (item == 100) return Error(Code::kCorrupt, "item 100");
      return item;
    });
    ASSERT_FALSE(result.status.ok());
    EXPECT_EQ(result.status.error().message(), "item 100");
    EXPECT_LE(result.committed.size(), 100U);
    EXPECT_EQ(result.committed, first_numbers(result.committed.size()));
  }
}

TEST(RunOrdered, NothingIsStartedAfterAnErrorEvenBehindABusyHead) {
  std::latch head_started(1);
  std::atomic<bool> later_started = false;
  TestContext test(2);
  auto numbers = counting(3);
  bool first = true;
  const auto next = [&]() -> Result<std::optional<int>> {
    if (!first) head_started.wait();  // so one pool thread has item 0, and the other all later ones
    first = false;
    return numbers();
  };
  const auto result = run(test.context, 3, next, [&](int& item) -> Result<int> {
    if (item == 1) return Error(Code::kIo, "one");
    if (item == 2) later_started = true;
    if (item != 0) return item;
    head_started.count_down();
    for (int i = 0; i < 2000 && !later_started; ++i) std::this_thread::yield();
    return item;
  });
  ASSERT_FALSE(result.status.ok());
  EXPECT_EQ(result.status.error().message(), "one");
  EXPECT_FALSE(later_started);
}

TEST(RunOrdered, NextErrorEndsTheRun) {
  TestContext test(2);
  int calls = 0;
  const auto next = [&]() -> Result<std::optional<int>> {
    if (calls == 5) return Error(Code::kIo, "no more");
    return std::optional<int>(calls++);
  };
  const auto result = run(test.context, 2, next, same);
  ASSERT_FALSE(result.status.ok());
  EXPECT_EQ(result.status.error().message(), "no more");
}

TEST(RunOrdered, CommitErrorEndsTheRun) {
  TestContext test(2);
  int commits = 0;
  const auto status =
      run_ordered<int, int>(test.context, 4, counting(1000), same, [&](int& out) -> Status {
        ++commits;
        if (out == 7) return Error(Code::kNoSpace, "full");
        return {};
      });
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code(), Code::kNoSpace);
  EXPECT_EQ(commits, 8);
}

TEST(RunOrdered, ExceptionsBecomeErrors) {
  TestContext test(2);
  const auto in_work =
      run(test.context, 2, counting(5), [](int&) -> Result<int> { throw std::runtime_error("w"); });
  ASSERT_FALSE(in_work.status.ok());
  EXPECT_EQ(in_work.status.error().message(), "unexpected exception: w");
  const auto in_next = run(
      test.context, 2, []() -> Result<std::optional<int>> { throw std::runtime_error("n"); }, same);
  ASSERT_FALSE(in_next.status.ok());
  EXPECT_EQ(in_next.status.error().message(), "unexpected exception: n");
}

TEST(RunOrdered, WaitsForWorkInFlightAfterAnError) {
  TestContext test(2);
  std::latch both(2);
  std::atomic<bool> failing = false;
  std::atomic<int> running = 0;
  const auto result = run(test.context, 2, counting(2), [&](int& item) -> Result<int> {
    ++running;
    both.arrive_and_wait();  // item 1 is surely inside when item 0 fails
    if (item == 0) {
      --running;
      failing = true;
      return Error(Code::kIo, "zero");
    }
    while (!failing) std::this_thread::yield();
    for (int i = 0; i < 1000; ++i)
      std::this_thread::yield();  // lets a caller that does not wait get away
    --running;
    return item;
  });
  EXPECT_EQ(running, 0);
  ASSERT_FALSE(result.status.ok());
}

TEST(RunOrdered, StopEndsItAsInterrupted) {
  TestContext test(2);
  std::vector<int> committed;
  const auto status =
      run_ordered<int, int>(test.context, 4, counting(1'000'000), same, [&](int& out) -> Status {
        committed.push_back(out);
        if (out == 20) test.stop.request_stop();
        return {};
      });
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code(), Code::kInterrupted);
  EXPECT_EQ(committed, first_numbers(21));
}

TEST(RunOrdered, StopBeforeTheStartCallsNothing) {
  TestContext test(2);
  test.stop.request_stop();
  bool called = false;
  const auto result = run(
      test.context, 4,
      [&]() -> Result<std::optional<int>> {
        called = true;
        return std::optional<int>();
      },
      same);
  ASSERT_FALSE(result.status.ok());
  EXPECT_EQ(result.status.error().code(), Code::kInterrupted);
  EXPECT_FALSE(called);
}

// The only pool thread runs the outer work, whose inner runs need a thread too.
TEST(RunOrdered, NestsOnOneThread) {
  TestContext test(1);
  std::atomic<int> leaves = 0;
  const auto result = run(test.context, 3, counting(20), [&](int& item) -> Result<int> {
    const auto inner = run(test.context, 3, counting(20), same);
    if (!inner.status.ok()) return Error(inner.status.error());
    leaves += static_cast<int>(inner.committed.size());
    CAIRN_CHECK(parallel_for(test.context, 5, [&](std::size_t) -> Status {
      ++leaves;
      return {};
    }));
    return item;
  });
  ASSERT_TRUE(result.status.ok());
  EXPECT_EQ(result.committed, first_numbers(20));
  EXPECT_EQ(leaves, 20 * 25);
}

}  // namespace
}  // namespace cairn::base
