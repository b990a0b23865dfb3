#include "remotes/decorators/fault_remote.hpp"

#include <gtest/gtest.h>

#include "remotes/decorators/count_remote.hpp"
#include "remotes/mem/mem_remote.hpp"

namespace cairn::remotes {
namespace {

class TestClock final : public Clock {
 public:
  std::int64_t now_ms() override { return 1'000; }
};

struct Bench {
  explicit Bench(std::uint64_t number, Fault fault)
      : remote(inner, FaultRemote::once(number, fault)) {}
  Result<PutOutcome> put(const std::string& key) {
    BytesSource source(bytes);
    return remote.put(key, source, PutCondition::kReplace, {});
  }
  std::size_t listed() {
    std::size_t count = 0;
    const auto note = [&](const ObjectInfo&) -> Status {
      ++count;
      return {};
    };
    EXPECT_TRUE(remote.list("", note, {}).ok());
    return count;
  }
  TestClock clock;
  MemRemote inner{clock};
  FaultRemote remote;
  std::vector<std::uint8_t> bytes = std::vector<std::uint8_t>(10, 7);
};

TEST(FaultRemote, ARefusedPutIsNotApplied) {
  Bench bench(0, Fault::kError);
  EXPECT_EQ(bench.put("a").error().code(), Code::kNetwork);
  EXPECT_FALSE(bench.inner.stat("a", {})->has_value());
  EXPECT_TRUE(bench.put("a").ok());
}

TEST(FaultRemote, ALostAnswerIsOfAPutThatWasApplied) {
  Bench bench(0, Fault::kLostAnswer);
  EXPECT_EQ(bench.put("a").error().code(), Code::kNetwork);
  EXPECT_TRUE(bench.inner.stat("a", {})->has_value());
}

TEST(FaultRemote, ReadsCanBeTornOrWrong) {
  Bench torn(1, Fault::kTornRead);
  ASSERT_TRUE(torn.put("a").ok());
  EXPECT_EQ(torn.remote.get("a", 10, {})->size(), 5U);
  EXPECT_EQ(torn.remote.get("a", 10, {})->size(), 10U);
  Bench wrong(1, Fault::kCorruptByte);
  ASSERT_TRUE(wrong.put("a").ok());
  std::vector<std::uint8_t> range(10);
  ASSERT_TRUE(wrong.remote.get_range("a", 0, range, {}).ok());
  EXPECT_NE(range, wrong.bytes);
}

TEST(FaultRemote, AStaleListLacksWhatIsNew) {
  Bench bench(3, Fault::kStaleList);
  ASSERT_TRUE(bench.put("a").ok());
  EXPECT_EQ(bench.listed(), 1U);
  ASSERT_TRUE(bench.put("b").ok());
  EXPECT_EQ(bench.listed(), 1U);
  EXPECT_EQ(bench.listed(), 2U);
}

TEST(CountRemote, CountsByKindAndTellsEachCall) {
  TestClock clock;
  MemRemote inner(clock);
  std::vector<std::string> seen;
  CountRemote remote(inner, [&](const Call& call) {
    seen.push_back(std::string(call_name(call.kind)) + " " + call.key);
  });
  std::vector<std::uint8_t> bytes(10, 7);
  BytesSource source(bytes);
  ASSERT_TRUE(remote.put("a", source, PutCondition::kReplace, {}).ok());
  ASSERT_TRUE(remote.get("a", 10, {}).ok());
  ASSERT_TRUE(remote.get("a", 10, {}).ok());
  EXPECT_EQ(remote.count(CallKind::kPut), 1U);
  EXPECT_EQ(remote.count(CallKind::kGet), 2U);
  EXPECT_EQ(remote.total(), 3U);
  EXPECT_EQ(remote.bytes_read(), 20U);
  EXPECT_EQ(remote.bytes_written(), 10U);
  EXPECT_EQ(seen, (std::vector<std::string>{"put a", "get a", "get a"}));
}

}  // namespace
}  // namespace cairn::remotes
