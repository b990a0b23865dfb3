#include "base/system.hpp"

#include <array>
#include <ctime>

#include <gtest/gtest.h>

#include "base/assert.hpp"
#include "base/fd.hpp"
#include "base/file.hpp"

namespace cairn::base {
namespace {

TEST(System, ClockCountsMillisecondsSinceTheEpoch) {
  const auto before = static_cast<std::int64_t>(std::time(nullptr));
  const std::int64_t now_ms = SystemClock().now_ms();
  EXPECT_GE(now_ms / 1000, before - 1);
  EXPECT_LE(now_ms / 1000, before + 60);
}

TEST(System, EntropyFillsEverything) {
  std::array<std::uint8_t, 1000> a{};
  std::array<std::uint8_t, 1000> b{};
  SystemEntropy().fill(a);
  SystemEntropy().fill(b);
  EXPECT_NE(a, b);
  const std::array<std::uint8_t, 16> zeros{};
  EXPECT_FALSE(std::equal(zeros.begin(), zeros.end(), a.end() - 16));
  SystemEntropy().fill({});
}

TEST(Assert, StopsTheProgramNamingTheExpression) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  CAIRN_ASSERT(1 + 1 == 2);
  EXPECT_DEATH(CAIRN_ASSERT(1 + 1 == 3), "1 \\+ 1 == 3");
}

TEST(Fd, OwnsOneDescriptor) {
  auto opened = open_read("/dev/null");
  ASSERT_TRUE(opened.ok());
  Fd fd = *std::move(opened);
  const int number = fd.get();
  Fd other = std::move(fd);
  EXPECT_FALSE(fd.valid());  // NOLINT: the moved-from state is the point
  EXPECT_EQ(other.get(), number);
  other.reset();
  EXPECT_FALSE(close_file(Fd(number), "closed already").ok());
}

}  // namespace
}  // namespace cairn::base
