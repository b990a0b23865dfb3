#include "remotes/s3/s3_remote.hpp"

#include <gtest/gtest.h>
#include <httplib.h>

#include <set>

#include "base/system.hpp"
#include "remotes/s3/static_credentials.hpp"
#include "unit/remotes/s3/fake_s3.hpp"

namespace cairn::remotes::s3 {
namespace {

using Bytes = std::vector<std::uint8_t>;

struct FixedClock final : Clock {
  std::int64_t now_ms() override { return ms; }
  std::int64_t ms = 1'767'225'600'000;  // 2026-01-01
};

struct CountingCredentials final : CredentialProvider {
  Result<std::shared_ptr<const Credentials>> get(std::stop_token) override {
    return std::make_shared<const Credentials>(
        Credentials{"AKID" + std::to_string(generation), Secret("secret"), {}, {}});
  }
  void invalidate(const Credentials&) override { ++generation; }
  std::string describe() override { return "key …TEST"; }
  int generation = 0;
};

class S3RemoteTest : public testing::Test {
 protected:
  void start(FakeS3::Hook hook, S3Options options = {}) {
    opened_.reset();  // its kept connections would hold up the end of an earlier server
    fake = std::make_unique<FakeS3>(std::move(hook));
    options.endpoint = fake->endpoint();
    RemoteConfig config;
    config.name = "prod";
    config.url = "s3://bkt/pre fix";
    auto opened = open_s3(config, options, services());
    ASSERT_TRUE(opened.ok()) << opened.error().message();
    opened_ = *std::move(opened);
    remote = static_cast<S3Remote*>(opened_.get());
    remote->client().wait = [this](std::chrono::milliseconds delay, const std::stop_token&) {
      waits.push_back(delay);
      clock->ms += delay.count();
      return true;
    };
  }
  // Anew for each remote, but for the budgets of retries.
  S3Services services() {
    return {credentials, std::make_shared<net::HttpClient>(net::ClientOptions{}), clock,
            std::make_shared<base::SystemEntropy>(), budgets};
  }
  Result<PutOutcome> put(const std::string& key, const Bytes& bytes,
                         PutCondition condition = PutCondition::kReplace) {
    BytesSource source(bytes);
    return remote->put(key, source, condition, {});
  }
  std::shared_ptr<FixedClock> clock = std::make_shared<FixedClock>();
  std::shared_ptr<net::RetryBudgets> budgets = std::make_shared<net::RetryBudgets>();
  std::shared_ptr<CountingCredentials> credentials = std::make_shared<CountingCredentials>();
  // For hooks that the server may still run when the test's own variables are gone.
  std::atomic<int> waiting = 0, parts = 0;
  std::atomic<bool> fail = false;
  std::stop_source stop;
  std::unique_ptr<FakeS3> fake;
  std::unique_ptr<Remote> opened_;
  S3Remote* remote = nullptr;
  std::vector<std::chrono::milliseconds> waits;
};

TEST_F(S3RemoteTest, ObjectsGoInAndComeOut) {
  start({});
  EXPECT_EQ(*put("packs/ab/x", {1, 2, 3}), PutOutcome::kStored);
  EXPECT_EQ(fake->objects.begin()->first, "pre fix/packs/ab/x");
  EXPECT_EQ(*remote->get("packs/ab/x", 10, {}), (Bytes{1, 2, 3}));
  EXPECT_EQ((**remote->stat("packs/ab/x", {})).size_bytes, 3U);
  EXPECT_EQ((**remote->stat("packs/ab/x", {})).modified_ms, 1'767'225'600'000);
  Bytes part(2);
  ASSERT_TRUE(remote->get_range("packs/ab/x", 1, part, {}).ok());
  EXPECT_EQ(part, (Bytes{2, 3}));
  EXPECT_EQ(remote->get_range("packs/ab/x", 2, part, {}).error().code(), Code::kCorrupt);
  EXPECT_EQ(remote->get_range("packs/ab/x", 9, part, {}).error().code(), Code::kCorrupt);
  EXPECT_EQ(*remote->now_ms({}), 1'767'225'600'000);
  EXPECT_TRUE(remote->remove("packs/ab/x", {}).ok());
  EXPECT_FALSE(remote->stat("packs/ab/x", {})->has_value());
  EXPECT_EQ(remote->get("packs/ab/x", 10, {}).error().code(), Code::kNotFound);
  EXPECT_NE(remote->describe().find("s3://bkt/pre fix at 127.0.0.1"), std::string::npos);
}

TEST_F(S3RemoteTest, ListsAllPagesInBothVersions) {
  for (const auto version : {ListVersion::kV1, ListVersion::kV2}) {
    S3Options options;
    options.list = version;
    start({}, options);
    for (int i = 0; i < 8; ++i) fake->objects["pre fix/a/" + std::to_string(i)] = {"x", ""};
    fake->objects["pre fix/a/../../evil"] = {"x", ""};
    fake->objects["other/a"] = {"x", ""};
    std::set<std::string> keys;
    ASSERT_TRUE(remote
                    ->list("a/",
                           [&](const ObjectInfo& info) -> Status {
                             keys.insert(info.key);
                             EXPECT_EQ(info.modified_ms, 1'767'225'600'500);
                             return {};
                           },
                           {})
                    .ok());
    EXPECT_EQ(keys.size(), 8U);
    EXPECT_TRUE(keys.contains("a/7"));
  }
}

TEST_F(S3RemoteTest, AStoreWithoutVersion2IsListedInVersion1) {
  start([](const httplib::Request& q, httplib::Response& r) {
    if (!q.has_param("list-type")) return false;
    FakeS3::answer_error(r, 501, "NotImplemented");
    return true;
  });
  for (int i = 0; i < 8; ++i) fake->objects["pre fix/a/" + std::to_string(i)] = {"x", ""};
  int seen = 0;
  ASSERT_TRUE(
      remote->list("a/", [&](const ObjectInfo&) -> Status { return ++seen, Status(); }, {}).ok());
  EXPECT_EQ(seen, 8);
}

TEST_F(S3RemoteTest, AListingThatGoesInCirclesIsAnError) {
  int page = 0;
  start([&](const httplib::Request& q, httplib::Response& r) {
    if (q.path != "/bkt") return false;
    r.set_content("<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>t" +
                      std::to_string(page++ / 2) + "</NextContinuationToken></ListBucketResult>",
                  "application/xml");
    return true;
  });
  const Status status = remote->list("a/", [](const ObjectInfo&) -> Status { return {}; }, {});
  EXPECT_EQ(status.error().slug(), "bad-answer");
  EXPECT_EQ(page, 2);
}

TEST_F(S3RemoteTest, ABusyStoreIsAskedAgainAndAnOutageEnds) {
  int failures = 2;
  start([&](const httplib::Request&, httplib::Response& r) {
    if (failures-- <= 0) return false;
    FakeS3::answer_error(r, 503, "SlowDown");
    return true;
  });
  EXPECT_TRUE(put("a", {1}).ok());
  EXPECT_EQ(waits.size(), 2U);
  failures = 1 << 20;
  const auto start_ms = clock->ms;
  EXPECT_EQ(put("a", {1}).error().slug(), "store-busy");
  EXPECT_LT(clock->ms - start_ms, 120'000);
  EXPECT_LE(waits.size(), 9U);
}

TEST_F(S3RemoteTest, RemotesOfOneHostShareAnOutage) {
  start({});
  S3Options options;
  options.endpoint = fake->endpoint();
  const auto other = open_s3({"second", "s3://bkt/other", {}}, options, services());
  const auto budget = budgets->of(fake->endpoint().substr(std::string("http://").size()));
  budget->note_failure(clock->ms - 60'000);
  EXPECT_FALSE(budget->spend(net::RetryClass::kTransient, {}, clock->ms));  // one gives up
  for (Remote* each : {opened_.get(), other->get()}) {
    const auto refused = each->get("a", 10, {});
    EXPECT_EQ(refused.error().code(), Code::kNetwork);
    EXPECT_NE(refused.error().message().find("nothing but failures for 60 s"), std::string::npos);
  }
  EXPECT_EQ(fake->requests(), 0);
  clock->ms += 60'000;
  EXPECT_TRUE((*other)->now_ms({}).ok());
  EXPECT_EQ(remote->get("a", 10, {}).error().code(), Code::kNotFound);
}

TEST_F(S3RemoteTest, ALostAnswerToACreationIsSuccessExactlyWhenItLanded) {
  for (const bool landed : {true, false}) {
    int puts = 0;
    start([&](const httplib::Request& q, httplib::Response& r) {
      if (q.method != "PUT" || puts++ > 0) return false;
      if (landed) fake->serve(q, r);
      if (!landed) fake->objects["pre fix/roots/x"] = {"theirs", "another"};
      FakeS3::answer_error(r, 500, "InternalError");
      return true;
    });
    const auto outcome = put("roots/x", {1}, PutCondition::kIfAbsent);
    ASSERT_TRUE(outcome.ok()) << outcome.error().message();
    EXPECT_EQ(*outcome, landed ? PutOutcome::kStored : PutOutcome::kAlreadyThere);
  }
}

TEST_F(S3RemoteTest, AStoreThatRefusesConditionsIsAskedOnceOnly) {
  int conditional = 0;
  start([&](const httplib::Request& q, httplib::Response& r) {
    if (!q.has_header("If-None-Match")) return false;
    ++conditional;
    FakeS3::answer_error(r, 501, "NotImplemented");
    return true;
  });
  EXPECT_EQ(*put("roots/x", {1}, PutCondition::kIfAbsent), PutOutcome::kStored);
  EXPECT_EQ(*put("roots/x", {2}, PutCondition::kIfAbsent), PutOutcome::kAlreadyThere);
  EXPECT_EQ(conditional, 1);
}

TEST_F(S3RemoteTest, RangesOfAnObjectComeFromOneVersion) {
  start({});
  Bytes part(2);
  fake->objects["pre fix/packs/a"] = {"0123", "", "\"one\""};
  EXPECT_TRUE(remote->get_range("packs/a", 0, part, {}).ok());
  EXPECT_TRUE(remote->get_range("packs/a", 2, part, {}).ok());
  fake->objects["pre fix/packs/a"] = {"abcd", "", "\"two\""};
  EXPECT_EQ(remote->get_range("packs/a", 2, part, {}).error().slug(), "object-replaced");
  EXPECT_TRUE(remote->get_range("packs/a", 2, part, {}).ok());  // asked for anew
  EXPECT_EQ(part, (Bytes{'c', 'd'}));
  fake->objects["pre fix/packs/a"].etag = "W/\"weak\"";
  EXPECT_EQ(remote->get_range("packs/a", 2, part, {}).error().slug(), "object-replaced");
  EXPECT_TRUE(remote->get_range("packs/a", 2, part, {}).ok());
  EXPECT_TRUE(
      remote->get_range("packs/a", 2, part, {}).ok());  // a weak one is held against nothing
}

TEST_F(S3RemoteTest, AWrongClockIsPutRightOnce) {
  std::string date;
  start([&](const httplib::Request& q, httplib::Response& r) {
    date = q.get_header_value("x-amz-date");
    if (date.starts_with("20260101T00")) return false;
    FakeS3::answer_error(r, 403, "RequestTimeTooSkewed");
    return true;
  });
  clock->ms += 3 * 3600 * 1000;
  EXPECT_TRUE(put("a", {1}).ok());
  EXPECT_EQ(fake->requests(), 2);
  clock->ms += 100LL * 24 * 3600 * 1000;  // no server is believed that much
  EXPECT_EQ(put("a", {1}).error().slug(), "clock-skew");
  EXPECT_EQ(fake->requests(), 3);
}

// The fake stands in for a proxy: what is asked for is a host elsewhere, and nobody proves to be
// it.
TEST_F(S3RemoteTest, AnUnverifiedServerIsNotBelievedItsTime) {
  start([](const httplib::Request&, httplib::Response& r) {
    FakeS3::answer_error(r, 403, "RequestTimeTooSkewed");
    return true;
  });
  net::ClientOptions client;
  client.proxy = fake->endpoint();
  client.plain_http = net::PlainHttp::kAllowed;
  S3Options options;
  options.endpoint = "http://store.example";
  RemoteConfig config;
  config.url = "s3://bkt/x";
  const S3Services services{credentials, std::make_shared<net::HttpClient>(client), clock,
                            std::make_shared<base::SystemEntropy>()};
  auto elsewhere = open_s3(config, options, services);
  clock->ms += 3 * 3600 * 1000;
  EXPECT_EQ((*elsewhere)->get("a", 1, {}).error().slug(), "clock-skew");
  EXPECT_EQ(fake->requests(), 1);
}

TEST_F(S3RemoteTest, ExpiredCredentialsAreRenewedOnce) {
  start([&](const httplib::Request& q, httplib::Response& r) {
    if (q.get_header_value("Authorization").find("AKID1") != std::string::npos) return false;
    FakeS3::answer_error(r, 400, "ExpiredToken");
    return true;
  });
  EXPECT_TRUE(put("a", {1}).ok());
  EXPECT_EQ(fake->requests(), 2);
  credentials->generation = 5;
  EXPECT_EQ(put("a", {1}).error().slug(), "expired-credentials");
  EXPECT_EQ(fake->requests(), 4);
}

TEST_F(S3RemoteTest, AnotherRegionIsSignedForOnceAndOnlyIfItIsALabel) {
  std::string named = "eu-west-7";
  start([&](const httplib::Request& q, httplib::Response& r) {
    if (q.get_header_value("Authorization").find("/eu-west-7/") != std::string::npos) return false;
    FakeS3::answer_error(r, 400, "AuthorizationHeaderMalformed", "<Region>" + named + "</Region>");
    return true;
  });
  EXPECT_TRUE(put("a", {1}).ok());
  EXPECT_TRUE(put("a", {1}).ok());
  EXPECT_EQ(fake->requests(), 3);
  named = "evil.example/x";
  start([&](const httplib::Request&, httplib::Response& r) {
    FakeS3::answer_error(r, 400, "AuthorizationHeaderMalformed", "<Region>" + named + "</Region>");
    return true;
  });
  EXPECT_EQ(put("a", {1}).error().slug(), "wrong-region");
  EXPECT_EQ(fake->requests(), 1);
}

TEST_F(S3RemoteTest, ARedirectIsNotFollowed) {
  FakeS3 other;
  start([&](const httplib::Request&, httplib::Response& r) {
    r.set_redirect(other.endpoint() + "/bkt/x", 307);
    return true;
  });
  EXPECT_EQ(put("a", {1}).error().slug(), "wrong-region");
  EXPECT_EQ(other.requests(), 0);
}

TEST_F(S3RemoteTest, DeniedIsNeverAbsent) {
  start([](const httplib::Request&, httplib::Response& r) {
    FakeS3::answer_error(r, 403, "AccessDenied");
    return true;
  });
  const auto info = remote->stat("a", {});
  EXPECT_EQ(info.error().code(), Code::kUnauthenticated);
  EXPECT_NE(info.error().message().find("absent or"), std::string::npos);
  EXPECT_EQ(remote->get("a", 1, {}).error().slug(), "access-denied");
  EXPECT_NE(remote->get("a", 1, {}).error().message().find("key …TEST"), std::string::npos);
}

TEST_F(S3RemoteTest, AbsentIsWhatTheStoreCallsAbsent) {
  std::string code, words;
  start([&](const httplib::Request&, httplib::Response& r) {
    FakeS3::answer_error(r, 404, code);
    if (code.empty()) r.body = words;
    return true;
  });
  code = "NoSuchKey";
  EXPECT_EQ(remote->get("a", 1, {}).error().code(), Code::kNotFound);
  EXPECT_TRUE(remote->remove("a", {}).ok());
  code = "";
  EXPECT_EQ(remote->get("a", 1, {}).error().code(), Code::kNotFound);
  EXPECT_TRUE(remote->remove("a", {}).ok());
  EXPECT_EQ(*remote->stat("a", {}), std::nullopt);
  words = "404 page not found";
  EXPECT_EQ(remote->get("a", 1, {}).error().slug(), "bad-answer");
  EXPECT_EQ(remote->remove("a", {}).error().slug(), "bad-answer");
  for (const char* other : {"NoSuchTenant", "NoSuchBucket", "XAdminUserNotFound"}) {
    code = other;
    Bytes part(1);
    const Error error = remote->get("a", 1, {}).error();
    EXPECT_NE(error.code(), Code::kNotFound) << other;
    EXPECT_NE(error.message().find(other), std::string::npos);
    EXPECT_NE(remote->get_range("a", 0, part, {}).error().code(), Code::kNotFound) << other;
    EXPECT_FALSE(remote->remove("a", {}).ok()) << other;
  }
}

TEST_F(S3RemoteTest, AWebPageIsToldAsOne) {
  start([](const httplib::Request&, httplib::Response& r) {
    r.status = 403;
    r.set_content("<!DOCTYPE html><html>Please log in", "text/html");
    return true;
  });
  EXPECT_EQ(remote->get("a", 1, {}).error().slug(), "bad-answer");
  start([](const httplib::Request&, httplib::Response& r) {
    r.set_content("<html>Please log in", "text/html");
    return true;
  });
  EXPECT_EQ(remote->list("a/", [](const ObjectInfo&) -> Status { return {}; }, {}).error().slug(),
            "bad-answer");
}

TEST_F(S3RemoteTest, WrongRangesNeverPass) {
  std::string range;
  start([&](const httplib::Request& q, httplib::Response& r) {
    if (range.empty()) return false;
    const_cast<httplib::Request&>(q).ranges.clear();
    r.status = 206;
    r.set_header("Content-Range", range);
    r.body = "xy";
    return true;
  });
  fake->objects["pre fix/a"] = {"0123456789", ""};
  Bytes part(2);
  for (const char* wrong : {"bytes 0-1/10", "bytes 5-6/10", "bytes 4-6/10", "nonsense",
                            "bytes 18446744073709551616-1/2"}) {
    range = wrong;
    EXPECT_EQ(remote->get_range("a", 4, part, {}).error().slug(), "bad-answer") << wrong;
  }
  range = "bytes 4-5/10";
  EXPECT_TRUE(remote->get_range("a", 4, part, {}).ok());
  EXPECT_EQ(part, (Bytes{'x', 'y'}));
}

TEST_F(S3RemoteTest, KeysThatAStoreWouldFoldAreRefused) {
  start({});
  for (const char* key : {"", "/a", "a//b", "a/../b", "./a", "a/", "a\nb"}) {
    EXPECT_EQ(remote->get(key, 1, {}).error().code(), Code::kUsage) << key;
  }
  EXPECT_EQ(fake->requests(), 0);
}

}  // namespace
}  // namespace cairn::remotes::s3
