#include "net/http_client.hpp"

#include <gtest/gtest.h>
#include <httplib.h>

#include <latch>
#include <mutex>
#include <thread>

#include "net/trouble.hpp"
#include "unit/net/servers.hpp"

namespace cairn::net {
namespace {

using Bytes = std::vector<std::uint8_t>;
using namespace std::chrono_literals;

Bytes pattern(std::size_t size) {
  Bytes out(size);
  for (std::size_t i = 0; i < size; ++i) out[i] = static_cast<std::uint8_t>(i * 131 + i / 251);
  return out;
}

Request get(const std::string& url) {
  Request request;
  request.url = url;
  return request;
}

TEST(HttpClient, GivesStatusHeadersAndBody) {
  HttpServer server([](httplib::Server& s) {
    s.Get("/a", [](const httplib::Request& request, httplib::Response& response) {
      response.set_header("X-Some-Thing", "  padded ");
      response.set_header("Date", "Sun, 06 Nov 1994 08:49:37 GMT");
      response.set_content(request.get_header_value("User-Agent") + "|" +
                               request.get_header_value("Accept-Encoding"),
                           "text/plain");
      response.status = 404;
    });
  });
  HttpClient client({});
  const auto answer = client.send(get(server.url("/a")), {});
  ASSERT_TRUE(answer.ok()) << answer.error().message();
  EXPECT_EQ(answer.value().status, 404);
  EXPECT_EQ(answer.value().body_text().substr(0, 6), "cairn/");
  EXPECT_TRUE(answer.value().body_text().ends_with("|"));
  ASSERT_NE(answer.value().header("x-some-thing"), nullptr);
  EXPECT_EQ(*answer.value().header("x-some-thing"), "padded");
  EXPECT_EQ(answer.value().date_ms, 784111777'000);
  EXPECT_FALSE(answer.value().verified_peer);
}

TEST(HttpClient, SendsABodyLargerThanItsBlocks) {
  const Bytes bytes = pattern((3 << 20) + 17);
  HttpServer server([&](httplib::Server& s) {
    s.Put("/a", [&](const httplib::Request& request, httplib::Response& response) {
      const bool same = request.body.size() == bytes.size() &&
                        std::equal(bytes.begin(), bytes.end(),
                                   reinterpret_cast<const std::uint8_t*>(request.body.data()));
      response.set_content(std::string(same ? "same" : "other") +
                               (request.has_header("Expect") ? " expect" : "") +
                               (request.has_header("Content-Type") ? " type" : ""),
                           "text/plain");
    });
  });
  HttpClient client({});
  BytesSource source(bytes);
  Request request = get(server.url("/a"));
  request.method = Method::kPut;
  request.body = &source;
  const auto answer = client.send(request, {});
  ASSERT_TRUE(answer.ok()) << answer.error().message();
  EXPECT_EQ(answer.value().body_text(), "same");
}

TEST(HttpClient, KnowsAllMethodsAndEmptyBodies) {
  HttpServer server([](httplib::Server& s) {
    const auto echo = [](const httplib::Request& request, httplib::Response& response) {
      response.set_header("X-Method",
                          request.method + " " + request.get_header_value("Content-Length"));
    };
    s.Get("/a", echo);
    s.Put("/a", echo);
    s.Post("/a", echo);
    s.Delete("/a", echo);
  });
  HttpClient client({});
  BytesSource empty{{}};
  for (const auto& [method, expected] :
       std::initializer_list<std::pair<Method, std::string>>{{Method::kGet, "GET"},
                                                             {Method::kHead, "HEAD"},
                                                             {Method::kDelete, "DELETE"},
                                                             {Method::kPut, "PUT 0"},
                                                             {Method::kPost, "POST 0"}}) {
    Request request = get(server.url("/a"));
    request.method = method;
    if (method == Method::kPut || method == Method::kPost) request.body = &empty;
    const auto answer = client.send(request, {});
    ASSERT_TRUE(answer.ok()) << answer.error().message();
    EXPECT_EQ(*answer.value().header("x-method"), expected);
  }
}

TEST(HttpClient, SendsThePathAsItStands) {
  std::string seen;
  RawServer server([&](int fd) {
    seen = RawServer::read_head(fd);
    RawServer::write(fd, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  });
  HttpClient client({});
  Request request = get(server.url("/a/../b//c?x=%2F&y="));
  request.headers = {{"X-Empty", ""}, {"X-Full", "1"}};
  ASSERT_TRUE(client.send(request, {}).ok());
  EXPECT_TRUE(seen.starts_with("GET /a/../b//c?x=%2F&y= HTTP/1.1\r\n")) << seen;
  EXPECT_NE(seen.find("X-Empty:\r\n"), std::string::npos) << seen;
  EXPECT_NE(seen.find("X-Full: 1\r\n"), std::string::npos) << seen;
}

TEST(HttpClient, PutsARangeWhereItBelongs) {
  const Bytes bytes = pattern(100'000);
  HttpServer server([&](httplib::Server& s) {
    const auto give = [&](const httplib::Request&, httplib::Response& response) {
      response.set_content(reinterpret_cast<const char*>(bytes.data()), bytes.size(),
                           "application/octet-stream");
    };
    s.Get("/a", give);
  });
  RawServer ignorant([&](int fd) {
    RawServer::read_head(fd);
    RawServer::write(fd, "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" +
                             std::string(bytes.begin(), bytes.end()));
  });
  HttpClient client({});
  for (const bool whole : {false, true}) {
    Bytes part(5'000);
    Request request = get(whole ? ignorant.url("/a") : server.url("/a"));
    request.headers = {{"Range", "bytes=70000-74999"}};
    request.into = part;
    request.into_offset = 70'000;
    const auto answer = client.send(request, {});
    ASSERT_TRUE(answer.ok()) << answer.error().message();
    EXPECT_EQ(answer.value().status, whole ? 200 : 206);
    EXPECT_EQ(answer.value().body_bytes, part.size());
    EXPECT_TRUE(answer.value().body.empty());
    EXPECT_TRUE(std::equal(part.begin(), part.end(), bytes.begin() + 70'000)) << whole;
  }
}

TEST(HttpClient, CutsABodyThatIsTooLong) {
  HttpServer server([](httplib::Server& s) {
    s.Get("/good", [](const httplib::Request&, httplib::Response& r) {
      r.set_content(std::string(1 << 20, 'x'), "text/plain");
    });
    s.Get("/bad", [](const httplib::Request&, httplib::Response& r) {
      r.set_content(std::string(4 << 20, 'x'), "text/plain");
      r.status = 500;
    });
  });
  HttpClient client({});
  Request request = get(server.url("/good"));
  request.max_body_bytes = 1000;
  auto answer = client.send(request, {});
  ASSERT_TRUE(answer.ok());
  EXPECT_TRUE(answer.value().truncated);
  EXPECT_EQ(answer.value().body.size(), 1000U);
  request.url = server.url("/bad");
  answer = client.send(request, {});
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(answer.value().status, 500);
  EXPECT_LE(answer.value().body.size(), std::size_t{256} << 10);
}

TEST(HttpClient, DoesNotFollowARedirect) {
  std::atomic<int> followed = 0;
  HttpServer server([&](httplib::Server& s) {
    s.Get("/a", [](const httplib::Request&, httplib::Response& r) { r.set_redirect("/b", 307); });
    s.Get("/b", [&](const httplib::Request&, httplib::Response&) { ++followed; });
  });
  HttpClient client({});
  const auto answer = client.send(get(server.url("/a")), {});
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(answer.value().status, 307);
  EXPECT_EQ(followed, 0);
}

// What the answer of a server with these bytes comes to.
Result<Response> answer_of(const std::string& bytes, Timeouts timeouts = {}) {
  RawServer server([&](int fd) {
    RawServer::read_head(fd);
    RawServer::write(fd, bytes);
    if (timeouts.stall < 10s) RawServer::wait_for_close(fd);
  });
  HttpClient client({});
  Request request = get(server.url("/a"));
  request.timeouts = timeouts;
  return client.send(request, {});
}

TEST(HttpClient, ShortAndMalformedAnswersAreTrouble) {
  EXPECT_EQ(trouble_of(answer_of("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort").error()),
            Trouble::kLost);
  EXPECT_EQ(trouble_of(answer_of("").error()), Trouble::kLost);
  EXPECT_EQ(trouble_of(answer_of("SSH-2.0-OpenSSH\r\n").error()), Trouble::kBadAnswer);
  EXPECT_EQ(
      trouble_of(
          answer_of("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc")
              .error()),
      Trouble::kBadAnswer);
  std::string endless = "HTTP/1.1 200 OK\r\n";
  for (int i = 0; i < 3000; ++i)
    endless += "X-Filler-" + std::to_string(i) + ": " + std::string(40, 'x') + "\r\n";
  EXPECT_EQ(trouble_of(answer_of(endless).error()), Trouble::kBadAnswer);
}

TEST(HttpClient, WaitsForNothingForEver) {
  Timeouts timeouts;
  timeouts.first_byte = 200ms;
  timeouts.stall = 200ms;
  const auto silent = answer_of("", timeouts);
  EXPECT_EQ(trouble_of(silent.error()), Trouble::kTooSlow) << silent.error().message();
  EXPECT_NE(silent.error().message().find("no answer in time"), std::string::npos);
  const auto stalled = answer_of("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nsome", timeouts);
  EXPECT_EQ(trouble_of(stalled.error()), Trouble::kTooSlow);
  EXPECT_NE(stalled.error().message().find("stands still"), std::string::npos);
}

TEST(HttpClient, AnUploadThatNobodyReadsStalls) {
  std::latch done(1);
  RawServer server([&](int fd) {
    RawServer::read_head(fd);
    done.wait();
  });
  HttpClient client({});
  const Bytes bytes(32 << 20);
  BytesSource source(bytes);
  Request request = get(server.url("/a"));
  request.method = Method::kPut;
  request.body = &source;
  request.timeouts.stall = 300ms;
  const auto answer = client.send(request, {});
  done.count_down();
  EXPECT_EQ(trouble_of(answer.error()), Trouble::kTooSlow) << answer.error().message();
}

TEST(HttpClient, NobodyThereAndNoSuchName) {
  std::string url;
  {
    RawServer gone([](int) {});
    url = gone.url("/a");
  }
  HttpClient client({});
  EXPECT_EQ(trouble_of(client.send(get(url), {}).error()), Trouble::kConnect);
  EXPECT_EQ(trouble_of(client.send(get("https://does-not-exist.invalid/"), {}).error()),
            Trouble::kNameLookup);
}

TEST(HttpClient, AStopRequestEndsAWaitingSendSoon) {
  std::atomic<bool> asked = false;
  RawServer server([&](int fd) {
    RawServer::read_head(fd);
    asked = true;
    RawServer::wait_for_close(fd);
  });
  HttpClient client({});
  std::stop_source stop;
  std::thread stopper([&] {
    while (!asked) std::this_thread::yield();
    stop.request_stop();
  });
  const auto answer = client.send(get(server.url("/a")), stop.get_token());
  stopper.join();
  EXPECT_EQ(answer.error().code(), Code::kInterrupted);
  EXPECT_EQ(client.send(get(server.url("/a")), stop.get_token()).error().code(),
            Code::kInterrupted);
}

TEST(HttpClient, AFailingSourceIsTheError) {
  struct Broken final : ObjectSource {
    [[nodiscard]] std::uint64_t size_bytes() const override { return 2 << 20; }
    Status read(std::uint64_t offset, std::span<std::uint8_t> out) override {
      if (offset + out.size() > (1 << 20)) return Error(Code::kIo, "the disk broke");
      std::fill(out.begin(), out.end(), std::uint8_t{1});
      return {};
    }
  };
  RawServer server([](int fd) { RawServer::wait_for_close(fd); });
  HttpClient client({});
  Broken source;
  Request request = get(server.url("/a"));
  request.method = Method::kPut;
  request.body = &source;
  const auto answer = client.send(request, {});
  EXPECT_EQ(answer.error().code(), Code::kIo);
}

// Later requests find the kept connection closed: curl sends the body again from its start, or the
// connection counts as lost when part of the body was on its way already.
TEST(HttpClient, AKeptConnectionThatDiedGivesTheSameBodyOrTrouble) {
  const Bytes bytes = pattern(1 << 20);
  std::atomic<int> round = 0;
  int good = 0;
  RawServer server([&](int fd) {
    const std::string head = RawServer::read_head(fd);
    std::size_t left = bytes.size();
    char buffer[65536];
    while (left > 0) {
      const auto n = ::recv(fd, buffer, std::min(left, sizeof buffer), 0);
      if (n <= 0) return;
      left -= static_cast<std::size_t>(n);
    }
    ++round;
    RawServer::write(fd, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  });
  HttpClient client({});
  for (int i = 0; i < 5; ++i) {
    BytesSource source(bytes);
    Request request = get(server.url("/a"));
    request.method = Method::kPut;
    request.body = &source;
    const auto answer = client.send(request, {});
    if (answer.ok()) ++good;
    EXPECT_TRUE(answer.ok() || trouble_of(answer.error()) == Trouble::kLost);
  }
  EXPECT_GE(good, 1);
  EXPECT_EQ(round, good);
}

TEST(HttpClient, ManyThreadsAtOnce) {
  HttpServer server([](httplib::Server& s) {
    s.Get(R"(/(\d+))", [](const httplib::Request& q, httplib::Response& r) {
      r.set_content(q.matches[1].str(), "text/plain");
    });
  });
  ClientOptions options;
  options.first_connections = 3;
  HttpClient client(options);
  std::atomic<int> good = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 50; ++i) {
        const std::string name = std::to_string(t * 1000 + i);
        const auto answer = client.send(get(server.url("/" + name)), {});
        if (answer.ok() && answer.value().body_text() == name) ++good;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(good, 400);
}

TEST(HttpClient, RefusesWhereAndWhatMayNotBeSent) {
  HttpClient client({});
  EXPECT_EQ(client.send(get("http://example.org/"), {}).error().slug(), "plain-http");
  EXPECT_EQ(client.send(get("http://169.254.169.254/latest"), {}).error().slug(),
            "address-refused");
  EXPECT_EQ(client.send(get("https://user:secret@example.org/"), {}).error().slug(), "bad-url");
  EXPECT_EQ(
      client.send(get("https://user:secret@example.org/"), {}).error().message().find("secret"),
      std::string::npos);
  EXPECT_EQ(client.send(get("file:///etc/passwd"), {}).error().slug(), "bad-url");
  EXPECT_EQ(client.send(get("https://example.org/a b"), {}).error().slug(), "bad-url");
  Request request = get("https://localhost:1/");
  request.headers = {{"X-A", "one\r\nX-B: two"}};
  EXPECT_EQ(client.send(request, {}).error().code(), Code::kUsage);
  request.headers.clear();
  request.addresses = AddressPolicy::kPublic;
  HttpServer server([](httplib::Server&) {});
  request.url = server.url("/");
  EXPECT_EQ(client.send(request, {}).error().slug(), "address-refused");
  request.url = "http://localhost:" + std::to_string(server.port()) + "/";
  EXPECT_EQ(client.send(request, {}).error().slug(),
            "address-refused");  // only known once connected
}

TEST(HttpClient, TheEnvironmentsProxyIsNotUsed) {
  ::setenv("http_proxy", "http://127.0.0.1:1", 1);
  ::setenv("ALL_PROXY", "http://127.0.0.1:1", 1);
  HttpServer server(
      [](httplib::Server& s) { s.Get("/a", [](const httplib::Request&, httplib::Response&) {}); });
  HttpClient client({});
  EXPECT_TRUE(client.send(get(server.url("/a")), {}).ok());
  ::unsetenv("http_proxy");
  ::unsetenv("ALL_PROXY");
}

TEST(HttpClient, AProxyIsUsedForOthersButNotForLoopback) {
  std::string seen;
  RawServer proxy([&](int fd) {
    seen = RawServer::read_head(fd);
    RawServer::write(fd, "HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n");
  });
  HttpServer server(
      [](httplib::Server& s) { s.Get("/a", [](const httplib::Request&, httplib::Response&) {}); });
  ClientOptions options;
  options.proxy = proxy.url("");
  HttpClient client(options);
  EXPECT_TRUE(client.send(get(server.url("/a")), {}).ok());
  EXPECT_EQ(seen, "");
  EXPECT_FALSE(client.send(get("https://store.invalid/a"), {}).ok());
  EXPECT_TRUE(seen.starts_with("CONNECT store.invalid:443 HTTP/1.1\r\n")) << seen;
}

struct Lines final : TraceSink {
  void block(std::span<const std::string> lines) override {
    const std::lock_guard lock(mutex);
    for (const auto& line : lines) all += line + "\n";
  }
  std::mutex mutex;
  std::string all;
};

TEST(HttpClient, ItsTraceShowsNoSecret) {
  HttpServer server([](httplib::Server& s) {
    s.Get("/a", [](const httplib::Request&, httplib::Response& r) {
      r.set_header("Set-Cookie", "canary4");
      r.set_header("Location", "https://u:canary7@h/?x-amz-signature=canary8");
    });
  });
  Lines lines;
  ClientOptions options;
  options.trace = &lines;
  HttpClient client(options);
  Request request = get(server.url(
      "/a?X-Amz-Signature=canary1&X-Amz-Security-Token=canary5&X-Amz-Credential=canary6&x=1"));
  request.headers = {{"Authorization",
                      "AWS4-HMAC-SHA256 Credential=AK/2026/r/s3/aws4_request, SignedHeaders=host, "
                      "Signature=canary2"},
                     {"x-amz-security-token", "canary3"},
                     {"x-amz-date", "20260101T000000Z"}};
  ASSERT_TRUE(client.send(request, {}).ok());
  EXPECT_EQ(lines.all.find("canary"), std::string::npos) << lines.all;
  EXPECT_NE(lines.all.find("> GET " + server.url("/a?X-Amz-Signature=[hidden]&X-Amz-Security-Token="
                                                 "[hidden]&X-Amz-Credential=[hidden]&x=1")),
            std::string::npos)
      << lines.all;
  EXPECT_NE(lines.all.find("> x-amz-date: 20260101T000000Z"), std::string::npos);
  EXPECT_NE(lines.all.find("SignedHeaders=host"), std::string::npos);
  EXPECT_NE(lines.all.find("< 200 GET"), std::string::npos);
}

}  // namespace
}  // namespace cairn::net
