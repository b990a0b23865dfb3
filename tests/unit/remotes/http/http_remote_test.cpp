#include "remotes/http/http_remote.hpp"

#include <gtest/gtest.h>
#include <httplib.h>

#include <atomic>
#include <functional>
#include <thread>

#include "base/system.hpp"
#include "remotes/http/redirect.hpp"

namespace cairn::remotes {
namespace {

using Bytes = std::vector<std::uint8_t>;
using Handler = std::function<void(const httplib::Request&, httplib::Response&)>;

class Web {
 public:
  explicit Web(Handler handler) {
    server_.set_tcp_nodelay(true);
    server_.Get(".*", [this, handler = std::move(handler)](const httplib::Request& q,
                                                           httplib::Response& r) {
      ++requests;
      handler(q, r);
    });
    port_ = server_.bind_to_any_port("127.0.0.1");
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    while (!server_.is_running()) std::this_thread::yield();
  }
  ~Web() {
    server_.stop();
    thread_.join();
  }
  [[nodiscard]] std::string url(const std::string& path) const {
    return "http://127.0.0.1:" + std::to_string(port_) + path;
  }
  std::atomic<int> requests = 0;

 private:
  httplib::Server server_;
  int port_ = 0;
  std::thread thread_;
};

std::unique_ptr<HttpRemote> open(const std::string& url) {
  const HttpServices services{std::make_shared<net::HttpClient>(net::ClientOptions{}),
                              std::make_shared<base::SystemClock>(),
                              std::make_shared<base::SystemEntropy>()};
  auto opened = HttpRemote::open({"cdn", url}, services);
  EXPECT_TRUE(opened.ok());
  std::unique_ptr<HttpRemote> remote(static_cast<HttpRemote*>(opened->release()));
  remote->wait = [](std::chrono::milliseconds, const std::stop_token&) { return true; };
  return remote;
}

void give(httplib::Response& r, const std::string& text) {
  r.set_content(text, "application/octet-stream");
}

TEST(HttpRemote, AnythingThatWritesOrListsSaysThatItCanOnlyBeRead) {
  Web web([](const httplib::Request&, httplib::Response& r) { give(r, "x"); });
  const auto remote = open(web.url("/data"));
  BytesSource source({});
  const auto put = remote->put("a", source, PutCondition::kReplace, {});
  EXPECT_EQ(put.error().slug(), "read-only-remote");
  EXPECT_EQ(put.error().code(), Code::kPermission);
  EXPECT_NE(put.error().message().find("can only be read"), std::string::npos);
  EXPECT_EQ(remote->list("a/", [](const ObjectInfo&) -> Status { return {}; }, {}).error().slug(),
            "read-only-remote");
  EXPECT_EQ(remote->remove("a", {}).error().slug(), "read-only-remote");
  EXPECT_EQ(web.requests, 0);
}

TEST(HttpRemote, RedirectsOfTheSameServerAreFollowedFiveTimes) {
  int hops = 5;
  Web web([&](const httplib::Request& q, httplib::Response& r) {
    if (hops-- > 0)
      return r.set_redirect(hops % 2 ? "/elsewhere/" + std::to_string(hops)
                                     : "http://" + q.get_header_value("Host") + "/there",
                            302);
    give(r, q.path);
  });
  const auto remote = open(web.url("/data"));
  const auto got = remote->get("cairn.json", 100, {});
  ASSERT_TRUE(got.ok()) << got.error().message();
  EXPECT_EQ(std::string(got->begin(), got->end()), "/there");
  EXPECT_EQ(web.requests, 6);
  hops = 6;
  EXPECT_EQ(remote->get("cairn.json", 100, {}).error().slug(), "bad-answer");
}

TEST(HttpRemote, AnotherServerIsNeverAsked) {
  Web other([](const httplib::Request&, httplib::Response& r) { give(r, "evil"); });
  std::string target = other.url("/data/cairn.json");
  Web web([&](const httplib::Request&, httplib::Response& r) { r.set_redirect(target, 307); });
  const auto remote = open(web.url("/data"));
  EXPECT_EQ(remote->get("cairn.json", 100, {}).error().code(), Code::kUntrusted);
  EXPECT_EQ(other.requests, 0);
  for (const char* wrong :
       {"file:///etc/passwd", "http://user:secret@127.0.0.1/", "relative", ""}) {
    target = wrong;
    const auto got = remote->get("cairn.json", 100, {});
    ASSERT_FALSE(got.ok()) << wrong;
    EXPECT_EQ(got.error().message().find("secret"), std::string::npos);
  }
}

TEST(HttpRemote, SchemeHostAndPortAreTheSameServer) {
  EXPECT_EQ(*redirect_target("https://h.example/a/b", "/c?d=1#e"), "https://h.example/c?d=1");
  EXPECT_EQ(*redirect_target("https://h.example/a/b", "https://h.example/c"),
            "https://h.example/c");
  EXPECT_EQ(*redirect_target("https://h.example/a/b", "//h.example/c"), "https://h.example/c");
  for (const char* elsewhere : {"http://h.example/c", "https://h.example:444/c", "//evil.example/c",
                                "https://h.example.evil/c"}) {
    EXPECT_EQ(redirect_target("https://h.example/a/b", elsewhere).error().slug(),
              "redirected-elsewhere")
        << elsewhere;
  }
}

TEST(HttpRemote, OnlyAbsentIsAbsent) {
  int status = 404;
  Web web([&](const httplib::Request&, httplib::Response& r) { r.status = status; });
  const auto remote = open(web.url(""));
  EXPECT_EQ(remote->get("a", 1, {}).error().code(), Code::kNotFound);
  EXPECT_FALSE(remote->stat("a", {})->has_value());
  status = 403;
  EXPECT_EQ(remote->get("a", 1, {}).error().code(), Code::kUnauthenticated);
  EXPECT_EQ(remote->stat("a", {}).error().slug(), "web-server-refused");
  status = 503;
  web.requests = 0;
  EXPECT_EQ(remote->get("a", 1, {}).error().slug(), "store-busy");
  EXPECT_EQ(web.requests, net::RetrySchedule::kMaxAttempts);
}

TEST(HttpRemote, AWebPageIsNoObject) {
  Web web([](const httplib::Request&, httplib::Response& r) {
    r.set_content("<html>Welcome", "text/html; charset=utf-8");
  });
  const auto remote = open(web.url("/"));
  Bytes part(3);
  EXPECT_EQ(remote->get("packs/ab/x", 100, {}).error().slug(), "bad-answer");
  EXPECT_EQ(remote->get_range("packs/ab/x", 0, part, {}).error().slug(), "bad-answer");
  EXPECT_EQ(remote->stat("packs/ab/x", {}).error().slug(), "bad-answer");
}

TEST(HttpRemote, AServerWithoutRangesGivesTheRightPartAllTheSame) {
  Web web([](const httplib::Request& q, httplib::Response& r) {
    const_cast<httplib::Request&>(q).ranges.clear();
    give(r, "0123456789");
  });
  const auto remote = open(web.url("/"));
  Bytes part(3);
  ASSERT_TRUE(remote->get_range("a", 4, part, {}).ok());
  EXPECT_EQ(part, (Bytes{'4', '5', '6'}));
  EXPECT_EQ(remote->get_range("a", 8, part, {}).error().code(), Code::kCorrupt);
}

TEST(HttpRemote, WrongRangesNeverPass) {
  std::string range;
  Web web([&](const httplib::Request& q, httplib::Response& r) {
    const_cast<httplib::Request&>(q).ranges.clear();
    r.status = 206;
    r.set_header("Content-Range", range);
    r.body = "xy";
  });
  const auto remote = open(web.url("/"));
  Bytes part(2);
  for (const char* wrong : {"bytes 0-1/10", "bytes 5-6/10", "", "nonsense"}) {
    range = wrong;
    EXPECT_EQ(remote->get_range("a", 4, part, {}).error().slug(), "bad-answer") << wrong;
  }
  range = "bytes 4-5/10";
  EXPECT_TRUE(remote->get_range("a", 4, part, {}).ok());
}

TEST(HttpRemote, UrlsAndKeysThatCannotBeAreRefused) {
  for (const char* url :
       {"ftp://h/", "https://user:pw@h/", "https://h/?x=1", "https://h/#a", "https://h/a b"}) {
    EXPECT_EQ(HttpRemote::open({"cdn", url}, {}).error().code(), Code::kUsage) << url;
  }
  const auto remote = open("http://127.0.0.1:1");
  for (const char* key : {"", "/a", "a//b", "a/../b", "a/", "a?b", "a%2fb", "a b"}) {
    EXPECT_EQ(remote->get(key, 1, {}).error().code(), Code::kUsage) << key;
  }
}

}  // namespace
}  // namespace cairn::remotes
