#include "base/utc_time.hpp"

#include <gtest/gtest.h>

namespace cairn::base {
namespace {

TEST(UtcTime, TimesAreUtc) {
  EXPECT_EQ(utc_time(0), "1970-01-01T00:00:00Z");
  EXPECT_EQ(utc_time(1'795'341'600), "2026-11-22T10:00:00Z");
}

}  // namespace
}  // namespace cairn::base
