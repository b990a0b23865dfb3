// One suite for every remote: what sync may take for granted of a backend
// (include/cairn/remote.hpp).
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdlib>
#include <memory>
#include <set>
#include <thread>

#include "base/bytes.hpp"
#include "base/file.hpp"
#include "base/process.hpp"
#include "base/system.hpp"
#include "conformance/web_server.hpp"
#include "remotes/decorators/count_remote.hpp"
#include "remotes/decorators/fault_remote.hpp"
#include "remotes/dir/dir_remote.hpp"
#include "remotes/http/http_remote.hpp"
#include "remotes/mem/mem_remote.hpp"
#include "remotes/s3/s3_remote.hpp"
#include "remotes/s3/static_credentials.hpp"

namespace cairn::remotes {
namespace {

using Bytes = std::vector<std::uint8_t>;

RemoteConfig config_of(const std::string& url) {
  RemoteConfig config;
  config.name = "test";
  config.url = url;
  return config;
}

// A remote of one kind, empty, and what it needs to live.
struct Fixture {
  virtual ~Fixture() = default;
  virtual Remote& remote() = 0;
};

struct MemFixture : Fixture {
  Remote& remote() override { return mem; }
  base::SystemClock clock;
  MemRemote mem{clock};
};

struct DirFixture : Fixture {
  DirFixture() {
    std::array<std::uint8_t, 8> random{};
    base::SystemEntropy().fill(random);
    const char* root = std::getenv("TMPDIR");  // NOLINT: tests set nothing meanwhile
    path = std::string(root ? root : "/tmp") + "/cairn-remote-" + base::to_hex(random);
    dir = *DirRemote::open(config_of(path));
  }
  ~DirFixture() override { (void)base::remove_tree(path); }
  Remote& remote() override { return *dir; }
  std::string path;
  std::unique_ptr<Remote> dir;
};

// tests/tools/s3_server.py, started by the first test that needs it; it checks every signature with
// code of its own.
class S3Server {
 public:
  static S3Server& shared() {
    static S3Server server;
    return server;
  }
  std::string endpoint;

 private:
  S3Server() : process_(start()) {
    const auto line = process_->read_line(200);
    const std::string words = "listening on ";
    EXPECT_TRUE(line.ok() && line->starts_with(words));
    if (line.ok()) endpoint = "http://" + line->substr(words.size());
  }
  static Result<base::CoProcess> start() {
    const std::string script = std::string(CAIRN_TESTS_DIR) + "/tools/s3_server.py";
    const char* until_we_end = "python3 -B \"$1\" --bucket data </dev/null & read -r _; kill $!";
    return base::CoProcess::start({"sh", "-c", until_we_end, "sh", script}, "/");
  }
  Result<base::CoProcess> process_;
};

// Where the suite runs: the server above, or any other that these variables name.
struct S3Place {
  std::string endpoint, key, secret, bucket;
  static S3Place chosen() {
    const auto variable = [](const char* name) {
      const char* value = std::getenv(name);  // NOLINT: tests set nothing meanwhile
      return std::string(value ? value : "");
    };
    if (variable("CAIRN_TEST_S3_ENDPOINT").empty())
      return {S3Server::shared().endpoint, "AKOWNER", "owner-secret", "data"};
    return {variable("CAIRN_TEST_S3_ENDPOINT"), variable("CAIRN_TEST_S3_KEY"),
            variable("CAIRN_TEST_S3_SECRET"), variable("CAIRN_TEST_S3_BUCKET")};
  }
};

struct S3Fixture : Fixture {
  S3Fixture() {
    std::array<std::uint8_t, 8> random{};
    base::SystemEntropy().fill(random);
    const S3Place place = S3Place::chosen();
    s3::S3Options options;
    options.endpoint = place.endpoint;
    const s3::Credentials owner{place.key, s3::Secret(place.secret), {}, {}};
    const s3::S3Services services{
        std::make_shared<s3::StaticCredentials>(std::make_shared<const s3::Credentials>(owner)),
        std::make_shared<net::HttpClient>(net::ClientOptions{}),
        std::make_shared<base::SystemClock>(), std::make_shared<base::SystemEntropy>()};
    const std::string url = "s3://" + place.bucket + "/pre fix/" + base::to_hex(random);
    s3 = *s3::open_s3(config_of(url), options, services);
  }
  Remote& remote() override { return *s3; }
  std::unique_ptr<Remote> s3;
};

// A directory behind a web server: what is read comes over HTTP, what is written and listed goes to
// the directory.
class ServedRemote final : public Remote {
 public:
  ServedRemote(Remote& written, Remote& read) : written_(written), read_(read) {}
  [[nodiscard]] std::string describe() const override { return read_.describe(); }
  Result<std::int64_t> now_ms(std::stop_token stop) override { return read_.now_ms(stop); }
  Result<std::optional<ObjectInfo>> stat(const std::string& key, std::stop_token stop) override {
    return read_.stat(key, stop);
  }
  Result<Bytes> get(const std::string& key, std::size_t most, std::stop_token stop) override {
    return read_.get(key, most, stop);
  }
  Status get_range(const std::string& key, std::uint64_t offset, std::span<std::uint8_t> out,
                   std::stop_token stop) override {
    return read_.get_range(key, offset, out, stop);
  }
  Result<PutOutcome> put(const std::string& key, ObjectSource& source, PutCondition condition,
                         std::stop_token stop) override {
    return written_.put(key, source, condition, stop);
  }
  Status list(const std::string& prefix, const std::function<Status(const ObjectInfo&)>& visit,
              std::stop_token stop) override {
    return written_.list(prefix, visit, stop);
  }
  Status remove(const std::string& key, std::stop_token stop) override {
    return written_.remove(key, stop);
  }

 private:
  Remote& written_;
  Remote& read_;
};

struct HttpFixture : Fixture {
  Remote& remote() override { return served; }
  DirFixture dir;
  FileServer server{dir.path};
  std::unique_ptr<Remote> http = *HttpRemote::open(
      config_of(server.url()),
      {std::make_shared<net::HttpClient>(net::ClientOptions{}),
       std::make_shared<base::SystemClock>(), std::make_shared<base::SystemEntropy>()});
  ServedRemote served{*dir.dir, *http};
};

template <typename Inner>
struct CountFixture : Fixture {
  Remote& remote() override { return counted; }
  Inner inner;
  CountRemote counted{inner.remote()};
};

// A decorator that passes on all it is asked.
struct FaultlessFixture : Fixture {
  Remote& remote() override { return faultless; }
  DirFixture inner;
  FaultRemote faultless{inner.remote(), [](const Call&) { return Fault::kNone; }};
};

struct Kind {
  const char* name;
  std::unique_ptr<Fixture> (*make)();
};
template <typename T>
std::unique_ptr<Fixture> make_fixture() {
  return std::make_unique<T>();
}

class RemoteConformance : public testing::TestWithParam<Kind> {
 protected:
  void SetUp() override { fixture_ = GetParam().make(); }
  Remote& remote() { return fixture_->remote(); }

  PutOutcome put(const std::string& key, const Bytes& bytes,
                 PutCondition condition = PutCondition::kReplace) {
    BytesSource source(bytes);
    const auto outcome = remote().put(key, source, condition, {});
    EXPECT_TRUE(outcome.ok()) << outcome.error().message();
    return outcome.ok() ? *outcome : PutOutcome::kAlreadyThere;
  }
  std::set<std::string> list(const std::string& prefix) {
    std::set<std::string> keys;
    const auto note = [&](const ObjectInfo& info) -> Status {
      EXPECT_TRUE(keys.insert(info.key).second) << info.key << " is listed twice";
      return {};
    };
    EXPECT_TRUE(remote().list(prefix, note, {}).ok());
    return keys;
  }
  static Bytes pattern(std::size_t size, unsigned seed) {
    Bytes out(size);
    for (std::size_t i = 0; i < size; ++i) {
      out[i] = static_cast<std::uint8_t>((i * 131 + seed * 7 + i / 251) & 0xff);
    }
    return out;
  }

  std::unique_ptr<Fixture> fixture_;
};

TEST_P(RemoteConformance, GivesBackWhatWasPut) {
  const Bytes bytes = pattern(1000, 1);
  EXPECT_EQ(put("packs/ab/x", bytes), PutOutcome::kStored);
  const auto back = remote().get("packs/ab/x", 1000, {});
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(*back, bytes);
  const auto info = remote().stat("packs/ab/x", {});
  ASSERT_TRUE(info.ok() && info->has_value());
  EXPECT_EQ((*info)->size_bytes, 1000U);
  EXPECT_EQ((*info)->key, "packs/ab/x");
}

TEST_P(RemoteConformance, AnEmptyObjectIsAnObject) {
  put("bad/x.64", {});
  const auto back = remote().get("bad/x.64", 10, {});
  ASSERT_TRUE(back.ok());
  EXPECT_TRUE(back->empty());
  EXPECT_EQ(list("bad/"), std::set<std::string>{"bad/x.64"});
  EXPECT_EQ((**remote().stat("bad/x.64", {})).size_bytes, 0U);
}

TEST_P(RemoteConformance, ALargeObjectComesBackInRanges) {
  const Bytes bytes = pattern((9 << 20) + 13, 3);
  put("packs/cd/large", bytes);
  for (const std::size_t offset : {std::size_t{0}, std::size_t{262'143}, bytes.size() - 100'000}) {
    Bytes part(100'000);
    ASSERT_TRUE(remote().get_range("packs/cd/large", offset, part, {}).ok());
    EXPECT_TRUE(std::equal(part.begin(), part.end(), bytes.begin() + static_cast<long>(offset)));
  }
  EXPECT_TRUE(*remote().get("packs/cd/large", bytes.size(), {}) == bytes);
}

TEST_P(RemoteConformance, ARangeBeyondTheEndIsCorrupt) {
  put("a", pattern(100, 1));
  Bytes part(50);
  EXPECT_EQ(remote().get_range("a", 51, part, {}).error().code(), Code::kCorrupt);
  EXPECT_EQ(remote().get_range("a", 1'000, part, {}).error().code(), Code::kCorrupt);
  EXPECT_EQ(remote().get_range("a", ~std::uint64_t{0}, part, {}).error().code(), Code::kCorrupt);
  EXPECT_TRUE(remote().get_range("a", 50, part, {}).ok());
}

TEST_P(RemoteConformance, AnUnknownKeyIsNotFound) {
  put("roots/p/known", pattern(10, 1));
  for (const std::string key : {"roots/p/unknown", "roots/q/known", "roots/p", "nothing"}) {
    EXPECT_EQ(remote().get(key, 100, {}).error().code(), Code::kNotFound) << key;
    Bytes part(1);
    EXPECT_EQ(remote().get_range(key, 0, part, {}).error().code(), Code::kNotFound) << key;
    const auto info = remote().stat(key, {});
    ASSERT_TRUE(info.ok()) << key;
    EXPECT_FALSE(info->has_value()) << key;
  }
}

TEST_P(RemoteConformance, AnObjectLargerThanAskedForIsRefused) {
  put("cairn.json", pattern(101, 1));
  EXPECT_EQ(remote().get("cairn.json", 100, {}).error().code(), Code::kCorrupt);
  EXPECT_TRUE(remote().get("cairn.json", 101, {}).ok());
}

TEST_P(RemoteConformance, ReplaceReplacesAndIfAbsentDoesNot) {
  put("roots/p/x", pattern(10, 1));
  Bytes warm(4);
  ASSERT_TRUE(remote().get_range("roots/p/x", 0, warm, {}).ok());
  EXPECT_EQ(put("roots/p/x", pattern(20, 2)), PutOutcome::kStored);
  EXPECT_EQ(*remote().get("roots/p/x", 100, {}), pattern(20, 2));
  Bytes range(20);
  ASSERT_TRUE(remote().get_range("roots/p/x", 0, range, {}).ok());
  EXPECT_EQ(range, pattern(20, 2));
  EXPECT_EQ(put("roots/p/x", pattern(30, 3), PutCondition::kIfAbsent), PutOutcome::kAlreadyThere);
  EXPECT_EQ(*remote().get("roots/p/x", 100, {}), pattern(20, 2));
  EXPECT_EQ(put("roots/p/y", pattern(30, 3), PutCondition::kIfAbsent), PutOutcome::kStored);
}

TEST_P(RemoteConformance, ListsByPrefix) {
  for (const char* key : {"cairn.json", "leases/aa.0", "leases/aa.end", "leases/ab.0", "packs/ab/1",
                          "packs/ab/2", "packs/cd/3"}) {
    put(key, pattern(3, 1));
  }
  using Keys = std::set<std::string>;
  EXPECT_EQ(list("packs/"), (Keys{"packs/ab/1", "packs/ab/2", "packs/cd/3"}));
  EXPECT_EQ(list("packs/ab/"), (Keys{"packs/ab/1", "packs/ab/2"}));
  EXPECT_EQ(list("leases/aa."), (Keys{"leases/aa.0", "leases/aa.end"}));
  EXPECT_EQ(list("leases/a"), (Keys{"leases/aa.0", "leases/aa.end", "leases/ab.0"}));
  EXPECT_EQ(list("gc/"), Keys{});
  EXPECT_EQ(list("pack"), (Keys{"packs/ab/1", "packs/ab/2", "packs/cd/3"}));
  EXPECT_EQ(list("").size(), 7U);
}

TEST_P(RemoteConformance, AnErrorOfTheVisitorEndsTheList) {
  put("a/1", {});
  put("a/2", {});
  int seen = 0;
  const auto fail = [&](const ObjectInfo&) -> Status {
    ++seen;
    return Error(Code::kAnswerNo, "enough");
  };
  const Status status = remote().list("a/", fail, {});
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code(), Code::kAnswerNo);
  EXPECT_EQ(seen, 1);
}

TEST_P(RemoteConformance, ARemovedObjectIsGoneAndAnAbsentOneIsFine) {
  put("leases/x.0", pattern(5, 1));
  Bytes part(5);
  ASSERT_TRUE(remote().get_range("leases/x.0", 0, part, {}).ok());
  EXPECT_TRUE(remote().remove("leases/x.0", {}).ok());
  EXPECT_EQ(remote().get("leases/x.0", 10, {}).error().code(), Code::kNotFound);
  EXPECT_EQ(remote().get_range("leases/x.0", 0, part, {}).error().code(), Code::kNotFound);
  EXPECT_TRUE(remote().remove("leases/x.0", {}).ok());
  EXPECT_TRUE(list("leases/").empty());
}

// Its source asks, in the middle of the upload, what others see.
class SpyingSource final : public ObjectSource {
 public:
  SpyingSource(Remote& remote, std::string key, Bytes bytes)
      : remote_(remote), key_(std::move(key)), bytes_(std::move(bytes)) {}
  [[nodiscard]] std::uint64_t size_bytes() const override { return bytes_.size(); }
  Status read(std::uint64_t offset, std::span<std::uint8_t> out) override {
    const auto info = remote_.stat(key_, {});
    seen_early_ |= !info.ok() || info->has_value();
    const auto note = [&](const ObjectInfo&) -> Status {
      seen_early_ = true;
      return {};
    };
    seen_early_ |= !remote_.list("packs/", note, {}).ok();
    return BytesSource(bytes_).read(offset, out);
  }
  [[nodiscard]] bool seen_early() const { return seen_early_; }

 private:
  Remote& remote_;
  std::string key_;
  Bytes bytes_;
  bool seen_early_ = false;
};

TEST_P(RemoteConformance, NothingIsVisibleBeforeAllOfIt) {
  SpyingSource source(remote(), "packs/ab/new", pattern(3 << 20, 1));
  ASSERT_TRUE(remote().put("packs/ab/new", source, PutCondition::kReplace, {}).ok());
  EXPECT_FALSE(source.seen_early());
  EXPECT_EQ(list("packs/").size(), 1U);
}

class FailingSource final : public ObjectSource {
 public:
  [[nodiscard]] std::uint64_t size_bytes() const override { return 1 << 20; }
  Status read(std::uint64_t offset, std::span<std::uint8_t> out) override {
    if (offset + out.size() > (1 << 19)) return Error(Code::kIo, "the source broke");
    std::fill(out.begin(), out.end(), std::uint8_t{1});
    return {};
  }
};

TEST_P(RemoteConformance, AFailedPutLeavesNothing) {
  put("packs/ab/other", pattern(1, 1));
  FailingSource source;
  const auto outcome = remote().put("packs/ab/new", source, PutCondition::kReplace, {});
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.error().code(), Code::kIo);
  EXPECT_EQ(list(""), std::set<std::string>{"packs/ab/other"});
}

TEST_P(RemoteConformance, ManyPutsAtOnce) {
  std::vector<std::thread> threads;
  std::atomic<int> failures = 0;
  for (unsigned t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (unsigned i = 0; i < 25; ++i) {
        const Bytes bytes = pattern(5'000, t * 100 + i);
        BytesSource source(bytes);
        const std::string key =
            "packs/" + std::to_string(i % 5) + "/" + std::to_string(t * 100 + i);
        if (!remote().put(key, source, PutCondition::kIfAbsent, {}).ok()) ++failures;
        const auto back = remote().get(key, 10'000, {});
        if (!back.ok() || *back != bytes) ++failures;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(failures, 0);
  EXPECT_EQ(list("packs/").size(), 100U);
}

TEST_P(RemoteConformance, OfTwoCreatorsOneWinsAndBothSeeTheSame) {
  for (int round = 0; round < 20; ++round) {
    const std::string key = "roots/p/" + std::to_string(round);
    std::array<int, 2> stored{};
    std::vector<std::thread> threads;
    for (unsigned t = 0; t < 2; ++t) {
      threads.emplace_back([&, t] {
        const Bytes bytes = pattern(100 + t, t);
        BytesSource source(bytes);
        const auto outcome = remote().put(key, source, PutCondition::kIfAbsent, {});
        stored[t] = outcome.ok() && *outcome == PutOutcome::kStored ? 1 : 0;
      });
    }
    for (std::thread& thread : threads) thread.join();
    const Bytes bytes = *remote().get(key, 1'000, {});
    if (remote().sends_conditions()) {
      EXPECT_EQ(stored[0] + stored[1], 1);
      EXPECT_EQ(bytes.size(), stored[0] ? 100U : 101U);
    } else {  // both may have looked before one wrote; what is there is whole
      EXPECT_GE(stored[0] + stored[1], 1);
      EXPECT_TRUE(bytes == pattern(100, 0) || bytes == pattern(101, 1));
    }
  }
}

TEST_P(RemoteConformance, AStopRequestEndsEveryCall) {
  put("a/b", pattern(5, 1));
  std::stop_source stop;
  stop.request_stop();
  const std::stop_token token = stop.get_token();
  Bytes part(1);
  const Bytes bytes = pattern(1 << 20, 1);
  BytesSource source(bytes);
  const auto nothing = [](const ObjectInfo&) -> Status { return {}; };
  EXPECT_EQ(remote().get("a/b", 10, token).error().code(), Code::kInterrupted);
  EXPECT_EQ(remote().get_range("a/b", 0, part, token).error().code(), Code::kInterrupted);
  EXPECT_EQ(remote().stat("a/b", token).error().code(), Code::kInterrupted);
  EXPECT_EQ(remote().list("a/", nothing, token).error().code(), Code::kInterrupted);
  EXPECT_EQ(remote().remove("a/b", token).error().code(), Code::kInterrupted);
  EXPECT_EQ(remote().now_ms(token).error().code(), Code::kInterrupted);
  EXPECT_EQ(remote().put("a/c", source, PutCondition::kReplace, token).error().code(),
            Code::kInterrupted);
  EXPECT_EQ(list(""), std::set<std::string>{"a/b"});
}

TEST_P(RemoteConformance, ItsClockRunsWithTheTimesOfItsObjects) {
  const auto before = remote().now_ms({});
  ASSERT_TRUE(before.ok());
  put("a", pattern(1, 1));
  const auto after = remote().now_ms({});
  ASSERT_TRUE(after.ok());
  const std::int64_t modified = (**remote().stat("a", {})).modified_ms;
  EXPECT_LE(*before, modified);
  EXPECT_LE(modified, *after + 1'000);  // HTTP dates are of whole seconds, and Swift rounds up
  EXPECT_EQ(list(""), std::set<std::string>{"a"});  // no trace of the question
}

TEST_P(RemoteConformance, SaysWhatItIs) { EXPECT_FALSE(remote().describe().empty()); }

INSTANTIATE_TEST_SUITE_P(
    All, RemoteConformance,
    testing::Values(Kind{"mem", make_fixture<MemFixture>}, Kind{"dir", make_fixture<DirFixture>},
                    Kind{"s3", make_fixture<S3Fixture>}, Kind{"http", make_fixture<HttpFixture>},
                    Kind{"counted_mem", make_fixture<CountFixture<MemFixture>>},
                    Kind{"counted_dir", make_fixture<CountFixture<DirFixture>>},
                    Kind{"faultless_dir", make_fixture<FaultlessFixture>}),
    [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace cairn::remotes
