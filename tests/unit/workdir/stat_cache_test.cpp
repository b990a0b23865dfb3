#include "workdir/stat_cache.hpp"

#include <gtest/gtest.h>

#include <sys/stat.h>
#include <unistd.h>

#include "crypto/sha256.hpp"
#include "unit/base/scratch.hpp"

namespace cairn::workdir {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kNow = 1'700'000'000 * kSecond + 123'456'789;

FileId id_of(std::string_view text) { return crypto::sha256(base::view_of(text)).as<FileId>(); }

class StatCacheTest : public testing::Test {
 protected:
  static StatKey stat(std::int64_t time_ns, std::uint64_t size = 7) {
    StatKey key;
    key.size = size;
    key.inode = 42;
    key.mtime_ns = time_ns;
    key.ctime_ns = time_ns;
    key.mode = 0100644;
    return key;
  }
  static WorkState three() {
    WorkState state;
    state.oid = crypto::sha256(base::view_of("pointer"));
    for (const char* path : {"a", "b/c", "b/d"})
      state.files.push_back({path, stat(kNow - kSecond), id_of(path)});
    return state;
  }
  void save(const WorkState& state, std::int64_t made_at_ns = kNow) {
    ASSERT_TRUE(StatCache::save(directory_, "data", state, made_at_ns).ok());
  }
  StatCache load(const std::string& tracked = "data") {
    auto cache = StatCache::load(directory_, tracked);
    EXPECT_TRUE(cache.ok());
    return *std::move(cache);
  }
  // Looks up one file whose newest stamp is `age_ns` older than the cache.
  bool trusts(std::int64_t age_ns, std::int64_t now_ns = kNow) {
    WorkState state;
    state.files.push_back({"f", stat(now_ns - age_ns), id_of("f")});
    save(state, now_ns);
    std::size_t hint = 0;
    return load().lookup("f", stat(now_ns - age_ns), hint).has_value();
  }
  [[nodiscard]] std::string only_file() const {
    return std::filesystem::directory_iterator(directory_)->path().string();
  }

  base::Scratch scratch_;
  std::string directory_ = scratch_ / "state";
};

TEST_F(StatCacheTest, AbsentIsAnEmptyState) {
  const StatCache cache = load();
  EXPECT_FALSE(cache.exists());
  EXPECT_FALSE(cache.partial());
  EXPECT_TRUE(cache.oid().is_zero());
  EXPECT_EQ(cache.size(), 0U);
  std::size_t hint = 5;
  EXPECT_FALSE(cache.lookup("a", stat(0), hint));
  EXPECT_FALSE(cache.knows("a", hint));
}

TEST_F(StatCacheTest, KeepsWhatWasSaved) {
  WorkState state = three();
  state.partial = true;
  save(state);
  const StatCache cache = load();
  EXPECT_TRUE(cache.exists());
  EXPECT_TRUE(cache.partial());
  EXPECT_EQ(cache.oid(), state.oid);
  ASSERT_EQ(cache.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(cache.path(i), state.files[i].path);
    EXPECT_EQ(cache.id(i), state.files[i].id);
  }
  EXPECT_FALSE(load("other").exists());
}

TEST_F(StatCacheTest, AStateWithoutFilesExists) {
  WorkState state;
  state.oid = crypto::sha256(base::view_of("empty folder"));
  save(state);
  EXPECT_TRUE(load().exists());
  EXPECT_EQ(load().oid(), state.oid);
  EXPECT_EQ(load().size(), 0U);
}

TEST_F(StatCacheTest, AFileTrackedOnItsOwnHasAnEmptyPath) {
  WorkState state;
  state.files.push_back({"", stat(kNow - kSecond), id_of("model")});
  save(state);
  std::size_t hint = 0;
  EXPECT_EQ(load().lookup("", stat(kNow - kSecond), hint), id_of("model"));
}

TEST_F(StatCacheTest, FindsInOrderAndOutOfOrder) {
  WorkState state;
  for (int i = 1000; i < 2000; ++i)
    state.files.push_back(
        {"f" + std::to_string(i), stat(kNow - kSecond), id_of(std::to_string(i))});
  save(state);
  const StatCache cache = load();
  std::size_t hint = 0;
  for (int i = 1000; i < 2000; ++i) {
    ASSERT_EQ(cache.lookup("f" + std::to_string(i), stat(kNow - kSecond), hint),
              id_of(std::to_string(i)));
    EXPECT_EQ(hint, static_cast<std::size_t>(i - 1000));
    if (i % 3 == 0) ++hint;  // callers may or may not go on by themselves
  }
  for (const std::size_t start : {std::size_t{0}, std::size_t{999}, std::size_t{1000}, SIZE_MAX}) {
    hint = start;
    EXPECT_EQ(cache.lookup("f1500", stat(kNow - kSecond), hint), id_of("1500"));
    EXPECT_FALSE(cache.knows("f", hint));
    EXPECT_FALSE(cache.knows("f15000", hint));
    EXPECT_FALSE(cache.knows("z", hint));
    EXPECT_TRUE(cache.knows("f1999", hint));
    EXPECT_TRUE(cache.knows("f1000", hint));
  }
}

TEST_F(StatCacheTest, AnyDifferenceOfTheStatIsAMiss) {
  save(three());
  const StatCache cache = load();
  const StatKey same = stat(kNow - kSecond);
  std::size_t hint = 0;
  EXPECT_TRUE(cache.lookup("a", same, hint));
  for (int field = 0; field < 5; ++field) {
    StatKey other = same;
    if (field == 0) ++other.size;
    if (field == 1) ++other.inode;
    if (field == 2) --other.mtime_ns;
    if (field == 3) --other.ctime_ns;
    if (field == 4) other.mode ^= 0111;
    EXPECT_FALSE(cache.lookup("a", other, hint)) << field;
    EXPECT_TRUE(cache.knows("a", hint));
  }
}

TEST_F(StatCacheTest, FilesWrittenShortlyBeforeAreNotTrusted) {
  EXPECT_FALSE(trusts(0));
  EXPECT_FALSE(trusts(-5 * kSecond));
  EXPECT_FALSE(trusts(19'999'999));
  EXPECT_TRUE(trusts(20'000'000));
  EXPECT_TRUE(trusts(kSecond));
}

TEST_F(StatCacheTest, CoarseStampsNeedTwoSeconds) {
  constexpr std::int64_t kWhole = 1'700'000'000 * kSecond;
  EXPECT_FALSE(trusts(kSecond, kWhole));
  EXPECT_TRUE(trusts(2 * kSecond, kWhole));
  EXPECT_FALSE(trusts(1, 1));  // a clock near its start must not wrap around
}

TEST_F(StatCacheTest, DamageIsAnEmptyState) {
  save(three());
  const std::string good = base::get_file(only_file());
  const std::string path = only_file();
  for (std::size_t at = 0; at < good.size(); ++at) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 0x20);
    base::put_file(path, bad);
    EXPECT_FALSE(load().exists()) << at;
  }
  for (std::size_t length = 0; length < good.size(); ++length) {
    base::put_file(path, std::string_view(good).substr(0, length));
    EXPECT_FALSE(load().exists()) << length;
  }
  base::put_file(path, good + "x");
  EXPECT_FALSE(load().exists());
  base::put_file(path, good);
  EXPECT_TRUE(load().exists());
}

TEST_F(StatCacheTest, SavingReplacesAndRemovingForgets) {
  save(three());
  WorkState state = three();
  state.files.pop_back();
  save(state);
  EXPECT_EQ(load().size(), 2U);
  ASSERT_TRUE(StatCache::remove(directory_, "data").ok());
  EXPECT_FALSE(load().exists());
  EXPECT_TRUE(StatCache::remove(directory_, "data").ok());
  EXPECT_TRUE(std::filesystem::is_empty(directory_));
}

TEST_F(StatCacheTest, TheClockIsThatOfTheFileSystem) {
  const auto before = StatCache::filesystem_now_ns(scratch_.path());
  ASSERT_TRUE(before.ok());
  base::put_file(scratch_ / "file", "x");
  const auto after = StatCache::filesystem_now_ns(scratch_.path());
  ASSERT_TRUE(after.ok());
  struct ::stat info {};
  ASSERT_EQ(::stat((scratch_ / "file").c_str(), &info), 0);
  EXPECT_LE(*before, stat_key(info).mtime_ns);
  EXPECT_LE(stat_key(info).mtime_ns, *after);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(scratch_.path()), {}), 1);
}

}  // namespace
}  // namespace cairn::workdir
