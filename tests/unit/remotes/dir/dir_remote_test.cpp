// What is particular to directories; the common contract is in tests/conformance.
#include "remotes/dir/dir_remote.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdlib>

#include "base/file.hpp"
#include "base/system.hpp"

namespace cairn::remotes {
namespace {

class DirRemoteTest : public testing::Test {
 protected:
  void SetUp() override {
    std::array<std::uint8_t, 8> random{};
    base::SystemEntropy().fill(random);
    const char* root = std::getenv("TMPDIR");  // NOLINT: tests set nothing meanwhile
    path_ = std::string(root ? root : "/tmp") + "/cairn-dir-" + base::to_hex(random);
    ASSERT_TRUE(base::make_directories(path_).ok());
  }
  void TearDown() override { (void)base::remove_tree(path_); }
  [[nodiscard]] std::unique_ptr<Remote> open(const std::string& url) const {
    return *DirRemote::open({"test", url});
  }
  static Result<PutOutcome> put(Remote& remote, const std::string& key) {
    BytesSource source(base::view_of("bytes"));
    return remote.put(key, source, PutCondition::kReplace, {});
  }
  std::string path_;
};

TEST_F(DirRemoteTest, AFileUrlAndAPathAreTheSame) {
  ASSERT_TRUE(put(*open("file://" + path_ + "/"), "a").ok());
  EXPECT_TRUE(open(path_)->get("a", 10, {}).ok());
}

TEST_F(DirRemoteTest, KeysCannotLeaveTheDirectory) {
  const auto remote = open(path_);
  const std::vector<std::string> keys = {
      "../x", "a/../../x", "/x", "a//b", "a/./b", "", "a/", ".tmp-1", std::string("a\0b", 3)};
  for (const std::string& key : keys) {
    EXPECT_EQ(put(*remote, key).error().code(), Code::kUsage) << key;
    EXPECT_EQ(remote->get(key, 10, {}).error().code(), Code::kUsage) << key;
    EXPECT_EQ(remote->remove(key, {}).error().code(), Code::kUsage) << key;
  }
}

TEST_F(DirRemoteTest, ADirectoryThatIsNotThereIsEmptyUntilTheFirstPut) {
  const auto remote = open(path_ + "/new");
  EXPECT_EQ(remote->get("cairn.json", 10, {}).error().code(), Code::kNotFound);
  EXPECT_FALSE(base::stat_path(path_ + "/new"));
  EXPECT_TRUE(put(*remote, "packs/ab/x").ok());
  EXPECT_TRUE(base::stat_path(path_ + "/new/packs/ab/x"));
}

TEST_F(DirRemoteTest, AMissingParentIsAnErrorWithTheWayOut) {
  const auto remote = open(path_ + "/not/there");
  const auto got = remote->get("cairn.json", 10, {});
  ASSERT_FALSE(got.ok());
  EXPECT_EQ(got.error().code(), Code::kIo);
  EXPECT_NE(got.error().hints().at(0).find("mkdir -p"), std::string::npos);
  EXPECT_FALSE(put(*remote, "a").ok());
  EXPECT_FALSE(remote->list("", [](const ObjectInfo&) { return Status(); }, {}).ok());
  EXPECT_FALSE(remote->now_ms({}).ok());
}

TEST_F(DirRemoteTest, AFileInItsPlaceIsNoRemote) {
  ASSERT_TRUE(base::write_file_atomic(path_ + "/file", base::view_of("x"), 0666,
                                      base::Durability::kCacheOnly)
                  .ok());
  EXPECT_EQ(open(path_ + "/file")->get("a", 10, {}).error().code(), Code::kIo);
}

TEST_F(DirRemoteTest, PartialFilesAreNoObjects) {
  const auto remote = open(path_);
  ASSERT_TRUE(put(*remote, "packs/ab/x").ok());
  ASSERT_TRUE(base::write_file_atomic(path_ + "/packs/ab/.tmp-0123", base::view_of("x"), 0666,
                                      base::Durability::kCacheOnly)
                  .ok());
  std::vector<std::string> keys;
  const auto note = [&](const ObjectInfo& info) -> Status {
    keys.push_back(info.key);
    return {};
  };
  ASSERT_TRUE(remote->list("", note, {}).ok());
  EXPECT_EQ(keys, std::vector<std::string>{"packs/ab/x"});
}

TEST_F(DirRemoteTest, AUrlWithoutADirectoryIsRefused) {
  EXPECT_EQ(DirRemote::open({"test", "file://"}).error().code(), Code::kUsage);
  EXPECT_EQ(DirRemote::open({"test", ""}).error().code(), Code::kUsage);
}

}  // namespace
}  // namespace cairn::remotes
