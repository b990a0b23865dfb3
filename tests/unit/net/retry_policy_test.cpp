#include "net/retry_policy.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "net/address.hpp"
#include "net/concurrency_limit.hpp"
#include "net/url_parts.hpp"

namespace cairn::net {
namespace {

using namespace std::chrono_literals;

struct FixedEntropy final : Entropy {
  explicit FixedEntropy(std::uint8_t b) : byte(b) {}
  void fill(std::span<std::uint8_t> out) override { std::fill(out.begin(), out.end(), byte); }
  std::uint8_t byte;
};

TEST(RetryPolicy, TheTable) {
  using enum RetryClass;
  for (const int status : {408, 499, 500, 502, 504})
    EXPECT_EQ(retry_class({.status = status}), kTransient) << status;
  for (const int status : {429, 503})
    EXPECT_EQ(retry_class({.status = status}), kThrottled) << status;
  for (const int status : {301, 400, 401, 403, 404, 405, 409, 411, 412, 416, 501})
    EXPECT_EQ(retry_class({.status = status}), kNever) << status;
  for (const char* code : {"RequestTimeout", "InternalError"})
    EXPECT_EQ(retry_class({.status = 400, .code = code}), kTransient);
  for (const char* code : {"ConditionalRequestConflict", "OperationAborted"})
    EXPECT_EQ(retry_class({.status = 409, .code = code}), kTransient);
  EXPECT_EQ(retry_class({.status = 503, .code = "SlowDown"}), kThrottled);
  for (const Trouble t :
       {Trouble::kNameLookup, Trouble::kConnect, Trouble::kTls, Trouble::kLost, Trouble::kTooSlow})
    EXPECT_EQ(retry_class({.trouble = t}), kTransient);
  for (const Trouble t : {Trouble::kNone, Trouble::kCertificate, Trouble::kBadAnswer})
    EXPECT_EQ(retry_class({.trouble = t}), kNever);
}

TEST(RetryPolicy, DelaysGrowUpToTheirCeiling) {
  RetryBudget budget;
  FixedEntropy entropy(0x7b);
  RetrySchedule schedule(budget, entropy);
  int delays = 0;
  while (const auto delay = schedule.next({.status = 500}, 0)) {
    EXPECT_LE(*delay, std::min<std::chrono::milliseconds>(20s, 50ms * (1 << delays)));
    ++delays;
  }
  EXPECT_EQ(delays, RetrySchedule::kMaxAttempts - 1);
  EXPECT_FALSE(RetrySchedule(budget, entropy).next({.status = 404}, 0));
}

TEST(RetryPolicy, RetryAfterIsHonouredWithinReason) {
  RetryBudget budget;
  FixedEntropy entropy(0);  // no delay of our own
  EXPECT_EQ(RetrySchedule(budget, entropy).next({.status = 503, .retry_after = 2s}, 0), 2s);
  EXPECT_EQ(RetrySchedule(budget, entropy).next({.status = 503, .retry_after = 60s}, 0), 5s);
  Response response;
  response.headers = {{"retry-after", "7"}};
  EXPECT_EQ(retry_after(response), 7s);
  response.headers = {{"retry-after", "Sun, 06 Nov 1994 08:49:37 GMT"}};
  EXPECT_EQ(retry_after(response), std::nullopt);
}

// Every request fails for ever: how long and how often until the last of 64 threads gives up.
TEST(RetryPolicy, AnOutageEndsInUnderTwoMinutesAndWithinTheBudget) {
  for (const Attempt& attempt : {Attempt{.status = 503}, Attempt{.trouble = Trouble::kTooSlow}}) {
    RetryBudget budget;
    FixedEntropy entropy(0xff);
    const std::int64_t attempt_ms = attempt.status == 0 ? 30'000 : 10;
    int retries = 0;
    std::int64_t last_ms = 0;
    for (int request = 0; request < 64; ++request) {
      RetrySchedule schedule(budget, entropy);
      std::int64_t now = attempt_ms;
      while (const auto delay = schedule.next(attempt, now)) {
        ++retries;
        now += delay->count() + attempt_ms;
      }
      last_ms = std::max(last_ms, now);
    }
    EXPECT_LT(last_ms, 120'000);
    EXPECT_LE(retries, 100);
  }
}

TEST(RetryPolicy, SuccessRefillsTheBucketAndEndsTheOutage) {
  RetryBudget budget;
  int spent = 0;
  while (budget.spend(RetryClass::kTransient, 0ms, 0)) ++spent;
  EXPECT_EQ(spent, 35);
  for (int i = 0; i < 14; ++i) budget.note_success();
  EXPECT_TRUE(budget.spend(RetryClass::kTransient, 0ms, 0));
  RetryBudget other;
  other.note_failure(0);
  EXPECT_FALSE(other.spend(RetryClass::kTransient, 1s, 55'000));
  other.note_success();
  EXPECT_TRUE(other.spend(RetryClass::kTransient, 1s, 55'000));
}

// A server that answers nothing, asked by three remotes one after the other: the first waits out
// the outage, the others do not begin.
TEST(RetryPolicy, AnOutageOfOneHostIsWaitedForOnce) {
  RetryBudgets budgets;
  FixedEntropy entropy(0xff);
  std::int64_t now = 0;
  int attempts = 0;
  for (int remote = 0; remote < 3; ++remote) {
    const auto budget = budgets.of("store.example:9000");
    auto schedule = RetrySchedule::begin(*budget, entropy, "store.example:9000", now);
    if (!schedule.ok()) continue;
    for (std::optional<std::chrono::milliseconds> delay = 0ms; delay;) {
      now += delay->count() + 30'000;
      ++attempts;
      delay = schedule->next({.trouble = Trouble::kTooSlow}, now);
    }
  }
  EXPECT_EQ(attempts, 3);
  EXPECT_LT(now, 120'000);
  const auto budget = budgets.of("store.example:9000");
  const auto error = budget->outage("store.example:9000", now + 5'000);
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), Code::kNetwork);
  EXPECT_NE(error->message().find("store.example:9000 has given nothing but failures for 6"),
            std::string::npos)
      << error->message();
  EXPECT_FALSE(budgets.of("other.example")->outage("other.example", now));
  EXPECT_FALSE(budget->outage("store.example:9000", now + 60'000));  // a look may help by then
  budget->note_success();
  EXPECT_FALSE(budget->outage("store.example:9000", now));
}

TEST(ConcurrencyLimit, GrowsWhileFullAndShrinksOncePerRoundTrip) {
  using Outcome = ConcurrencyLimit::Outcome;
  ConcurrencyLimit limit(8, 16);
  std::vector<ConcurrencyLimit::Place> places(8);
  for (auto& place : places) ASSERT_TRUE(limit.enter({}, place));
  for (const auto& place : places) limit.leave(place, Outcome::kThrottled);
  EXPECT_EQ(limit.limit(), 5U);  // 8 * 0.7, once
  ConcurrencyLimit::Place alone;
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(limit.enter({}, alone));
    limit.leave(alone, Outcome::kGood);
  }
  EXPECT_EQ(limit.limit(), 5U);  // never full, so nothing says that more would help
  for (int round = 0; round < 100; ++round) {
    places.resize(limit.limit());
    for (auto& place : places) ASSERT_TRUE(limit.enter({}, place));
    for (const auto& place : places) limit.leave(place, Outcome::kGood);
  }
  EXPECT_EQ(limit.limit(), 16U);
  std::stop_source stop;
  stop.request_stop();
  EXPECT_FALSE(limit.enter(stop.get_token(), alone));
}

TEST(Address, Kinds) {
  using enum AddressKind;
  for (const char* a :
       {"169.254.169.254", "169.254.170.2", "100.100.100.200", "168.63.129.16", "fe80::1",
        "fe80::1%eth0", "fd00:ec2::254", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe"})
    EXPECT_EQ(address_kind(a), kMetadata) << a;
  for (const char* a : {"127.0.0.1", "127.9.9.9", "0.0.0.0", "::1", "::", "::ffff:127.0.0.1"})
    EXPECT_EQ(address_kind(a), kLoopback) << a;
  for (const char* a : {"10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1",
                        "fc00::1", "fd12::1", "ff02::1", "224.0.0.1", "255.255.255.255"})
    EXPECT_EQ(address_kind(a), kPrivate) << a;
  for (const char* a : {"8.8.8.8", "172.32.0.1", "100.128.0.1", "2600::1", "168.63.129.17"})
    EXPECT_EQ(address_kind(a), kPublic) << a;
  for (const char* a : {"localhost", "example.org", "1.2.3", ""})
    EXPECT_EQ(address_kind(a), kName) << a;
  EXPECT_TRUE(is_allowed(kMetadata, AddressPolicy::kMetadata));
  EXPECT_FALSE(is_allowed(kPublic, AddressPolicy::kMetadata));
  EXPECT_FALSE(is_allowed(kMetadata, AddressPolicy::kStore));
  EXPECT_TRUE(is_allowed(kPrivate, AddressPolicy::kStore));
  EXPECT_FALSE(is_allowed(kPrivate, AddressPolicy::kPublic));
}

TEST(UrlParts, GoodAndBadUrls) {
  const auto good = parse_http_url("https://host.example:8443/a?b=c");
  ASSERT_TRUE(good.ok());
  EXPECT_EQ(good.value().host, "host.example");
  EXPECT_EQ(good.value().authority, "host.example:8443");
  EXPECT_EQ(good.value().target, "/a?b=c");
  EXPECT_EQ(parse_http_url("http://[::1]:80")->host, "::1");
  EXPECT_EQ(parse_http_url("http://[::1]:80")->target, "/");
  for (const char* bad :
       {"", "https://", "https:///x", "ftp://h/", "https://h:0/", "https://h:65536/", "https://h:/",
        "https://h:8x/", "https://[::1/", "https://[::g]/", "https://u@h/", "https://h\\@x/",
        "https://h/#f", "https://h%2f/", "https://h /", "https://h/\n", "https://h/\xc3\xa9"}) {
    EXPECT_FALSE(parse_http_url(bad).ok()) << bad;
  }
}

}  // namespace
}  // namespace cairn::net
