// The line that tells of progress, and when it is told.
#include <gtest/gtest.h>

#include "cli/progress.hpp"

namespace cairn::cli {
namespace {

constexpr std::uint64_t kMegabyte = 1'000'000;

TEST(ProgressLine, TellsBytesRateAndTimeLeft) {
  const ProgressState state{"fetching", 50 * kMegabyte, 200 * kMegabyte, 12, 5000};
  EXPECT_EQ(progress_line(state, 5, ProgressShape::kPlain),
            "fetching  12 of 5 000 files  50.0 MB of 200.0 MB  25%  0:15 left  10.0 MB/s");
  EXPECT_EQ(progress_line(state, 5, ProgressShape::kBar),
            "fetching  12 of 5 000 files  50.0 MB of 200.0 MB  [#####               ]  25%  "
            "0:15 left  10.0 MB/s");
}

TEST(ProgressLine, LongTimesHaveHours) {
  EXPECT_EQ(progress_line({"pushing", 1, 7384, 0, 0}, 1, ProgressShape::kPlain),
            "pushing  1 B of 7.4 kB  0%  2:03:03 left  1 B/s");
  EXPECT_EQ(progress_line({"pushing", 1, 1'000'000, 0, 0}, 10, ProgressShape::kPlain),
            "pushing  1 B of 1.0 MB  0%  0 B/s");
}

TEST(ProgressLine, IsNeverBeyondItsTotal) {
  EXPECT_EQ(progress_line({"fetching", 300, 200, 7, 5}, 2, ProgressShape::kPlain),
            "fetching  5 of 5 files  200 B of 200 B  100%  100 B/s");
}

TEST(ProgressLine, SaysOnlyWhatIsKnown) {
  EXPECT_EQ(progress_line({"fetching", 0, 0, 0, 0}, 3, ProgressShape::kBar), "fetching");
  EXPECT_EQ(progress_line({"fetching", 0, 0, 0, 9}, 3, ProgressShape::kBar),
            "fetching  0 of 9 files");
  EXPECT_EQ(progress_line({"checking", 600, 0, 0, 0}, 2, ProgressShape::kBar),
            "checking  600 B  300 B/s");
  EXPECT_EQ(progress_line({"fetching", 0, 500, 0, 0}, 2, ProgressShape::kPlain),
            "fetching  0 B of 500 B  0%  0 B/s");
}

}  // namespace
}  // namespace cairn::cli
