#include "workdir/tree_root.hpp"

#include <gtest/gtest.h>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <cstring>

#include <atomic>
#include <thread>

#include "unit/base/scratch.hpp"
#include "workdir/tree_open.hpp"

namespace cairn::workdir {
namespace {

namespace fs = std::filesystem;

// Every rule holds for openat2 and for the walk that stands in for it.
class TreeRootTest : public testing::TestWithParam<detail::Resolver> {
 protected:
  void SetUp() override {
    detail::choose_resolver(GetParam());
    fs::create_directories(scratch_ / "root/a/b");
    fs::create_directory(scratch_ / "outside");
    base::put_file(scratch_ / "root/a/b/file", "inside");
    base::put_file(scratch_ / "outside/file", "outside");
    auto opened = TreeRoot::open(scratch_ / "root");
    ASSERT_TRUE(opened.ok());
    root_ = *std::move(opened);
  }
  void TearDown() override { detail::choose_resolver(detail::Resolver::kBest); }

  // root/a/link leads out of the root, root/a/here stays in it, root/a/b/name is a link to a file.
  void add_links() {
    fs::create_symlink(scratch_ / "outside", scratch_ / "root/a/link");
    fs::create_symlink("b", scratch_ / "root/a/here");
    fs::create_symlink("file", scratch_ / "root/a/b/name");
  }
  template <typename T>
  static Code code_of(const Result<T>& result) {
    return result.ok() ? Code::kAnswerNo : result.error().code();
  }
  static Code code_of(Status status) {
    return status.ok() ? Code::kAnswerNo : status.error().code();
  }

  base::Scratch scratch_;
  std::optional<TreeRoot> root_;
};

INSTANTIATE_TEST_SUITE_P(Resolvers, TreeRootTest,
                         testing::Values(detail::Resolver::kBest, detail::Resolver::kWalkOnly));

TEST_P(TreeRootTest, ReadsWhatIsThere) {
  const auto fd = root_->open_read("a/b/file");
  ASSERT_TRUE(fd.ok());
  base::Bytes bytes(6);
  ASSERT_TRUE(base::pread_exact(*fd, bytes, 0, "file").ok());
  EXPECT_EQ(base::text_of(bytes), "inside");
  EXPECT_TRUE(root_->open_directory("").ok());
  EXPECT_TRUE(root_->open_directory("a/b").ok());
  const auto info = root_->lstat("a/b/file");
  ASSERT_TRUE(info.ok() && *info);
  EXPECT_EQ((**info).st_size, 6);
}

TEST_P(TreeRootTest, AbsenceIsNotAnErrorOfStat) {
  EXPECT_EQ(code_of(root_->open_read("a/x")), Code::kNotFound);
  EXPECT_EQ(code_of(root_->open_directory("x/y")), Code::kNotFound);
  for (const char* path : {"x", "a/x", "x/y/z", "a/b/file/x"}) {
    const auto info = root_->lstat(path);
    ASSERT_TRUE(info.ok()) << path;
    EXPECT_FALSE(info->has_value()) << path;
  }
}

TEST_P(TreeRootTest, PathsThatAreNotPlainAreRefused) {
  for (const std::string path : {"../outside/file", "/etc/passwd", "a/../../outside/file", "./a",
                                 "a//b", "a/", "..", ".", "a/./b", "", "a/b/file/.."}) {
    EXPECT_EQ(code_of(root_->open_read(path)), Code::kConflict) << path;
    EXPECT_EQ(code_of(root_->lstat(path)), Code::kConflict) << path;
    EXPECT_EQ(code_of(root_->remove_file(path)), Code::kConflict) << path;
    EXPECT_EQ(code_of(root_->rename("a/b/file", path)), Code::kConflict) << path;
    EXPECT_EQ(code_of(root_->rename(path, "a/new")), Code::kConflict) << path;
    if (path.empty()) continue;
    EXPECT_EQ(code_of(root_->make_directories(path)), Code::kConflict) << path;
  }
  EXPECT_EQ(code_of(root_->open_read(std::string("a/b/file\0x", 10))), Code::kConflict);
  EXPECT_EQ(base::get_file(scratch_ / "outside/file"), "outside");
  EXPECT_EQ(base::get_file(scratch_ / "root/a/b/file"), "inside");
}

TEST_P(TreeRootTest, LinksAreNeverFollowed) {
  add_links();
  for (const char* path : {"a/link/file", "a/here/file", "a/b/name"}) {
    auto fd = root_->open_read(path);
    EXPECT_EQ(code_of(fd), Code::kConflict) << path;
    EXPECT_EQ(fd.error().slug(), "link-in-path") << path;
  }
  EXPECT_EQ(code_of(root_->open_directory("a/link")), Code::kConflict);
  EXPECT_EQ(code_of(root_->open_directory("a/here")), Code::kConflict);
  EXPECT_EQ(code_of(root_->lstat("a/link/file")), Code::kConflict);
  EXPECT_EQ(code_of(root_->remove_file("a/link/file")), Code::kConflict);
  EXPECT_EQ(code_of(root_->make_directories("a/link")), Code::kConflict);
  EXPECT_EQ(code_of(root_->make_directories("a/link/new")), Code::kConflict);
  EXPECT_EQ(code_of(root_->rename("a/b/file", "a/link/new")), Code::kConflict);
  EXPECT_EQ(code_of(root_->rename("a/link/file", "a/new")), Code::kConflict);
  EXPECT_EQ(code_of(root_->read_link("a/link/file")), Code::kConflict);
  EXPECT_EQ(code_of(root_->remove_empty_directories("a/link/x")), Code::kConflict);
  EXPECT_EQ(base::get_file(scratch_ / "outside/file"), "outside");
  EXPECT_EQ(std::distance(fs::directory_iterator(scratch_ / "outside"), {}), 1);
}

TEST_P(TreeRootTest, LinksThemselvesAreReadAndRemoved) {
  add_links();
  const auto target = root_->read_link("a/b/name");
  ASSERT_TRUE(target.ok());
  EXPECT_EQ(*target, "file");
  EXPECT_EQ(code_of(root_->read_link("a/b/file")), Code::kConflict);
  EXPECT_EQ(code_of(root_->read_link("a/b/none")), Code::kNotFound);
  ASSERT_TRUE(root_->remove_file("a/link").ok());
  EXPECT_FALSE(fs::exists(fs::symlink_status(scratch_ / "root/a/link")));
  EXPECT_EQ(base::get_file(scratch_ / "outside/file"), "outside");
}

TEST_P(TreeRootTest, OnlyRegularFilesAreOpened) {
  ASSERT_EQ(::mkfifo((scratch_ / "root/fifo").c_str(), 0600), 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string place = scratch_ / "root/socket";
  ASSERT_LT(place.size(), sizeof address.sun_path);
  std::memcpy(address.sun_path, place.c_str(), place.size() + 1);
  const base::Fd socket(::socket(AF_UNIX, SOCK_STREAM, 0));
  ASSERT_EQ(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  for (const char* path : {"fifo", "socket", "a"}) {
    auto fd = root_->open_read(path);
    EXPECT_EQ(code_of(fd), Code::kConflict) << path;
    EXPECT_EQ(fd.error().slug(), "not-a-file") << path;
  }
}

TEST_P(TreeRootTest, MakesFoldersAndSaysWhatIsInTheWay) {
  EXPECT_TRUE(root_->make_directories("").ok());
  EXPECT_TRUE(root_->make_directories("a/b").ok());
  ASSERT_TRUE(root_->make_directories("a/c/d/e").ok());
  EXPECT_TRUE(fs::is_directory(scratch_ / "root/a/c/d/e"));
  for (const char* path : {"a/b/file", "a/b/file/x"}) {
    Status status = root_->make_directories(path);
    ASSERT_EQ(code_of(status), Code::kConflict) << path;
    EXPECT_EQ(status.error().slug(), "file-in-the-way") << path;
  }
}

TEST_P(TreeRootTest, RemovesFilesAndEmptyFolders) {
  EXPECT_EQ(code_of(root_->remove_file("a/b")), Code::kConflict);
  fs::create_directories(scratch_ / "root/a/b/c/d");
  ASSERT_TRUE(root_->remove_empty_directories("a/b/c/d").ok());
  EXPECT_FALSE(fs::exists(scratch_ / "root/a/b/c"));
  EXPECT_TRUE(fs::exists(scratch_ / "root/a/b/file"));
  ASSERT_TRUE(root_->remove_file("a/b/file").ok());
  EXPECT_TRUE(root_->remove_file("a/b/file").ok());
  EXPECT_TRUE(root_->remove_file("x/y").ok());
  ASSERT_TRUE(root_->remove_empty_directories("a/b/none").ok());
  EXPECT_TRUE(fs::is_empty(scratch_ / "root"));
  EXPECT_TRUE(fs::exists(scratch_ / "root"));
}

TEST_P(TreeRootTest, RenamesBetweenFolders) {
  ASSERT_TRUE(root_->make_directories("c").ok());
  ASSERT_TRUE(root_->rename("a/b/file", "c/moved").ok());
  EXPECT_EQ(base::get_file(scratch_ / "root/c/moved"), "inside");
  EXPECT_EQ(code_of(root_->rename("a/b/file", "c/again")), Code::kNotFound);
}

// Somebody swaps a folder for a link to the outside and back, all the time: no call may ever reach
// the outside.
TEST_P(TreeRootTest, NeverLeavesTheRootWhileAComponentIsSwapped) {
  fs::create_directory(scratch_ / "outside/b");
  base::put_file(scratch_ / "outside/b/file", "OUTSIDE");
  fs::create_symlink(scratch_ / "outside", scratch_ / "root/evil");
  std::atomic<bool> done = false;
  std::thread swapper([&] {
    const std::string a = scratch_ / "root/a", evil = scratch_ / "root/evil",
                      aside = scratch_ / "root/aside";
    while (!done) {
      (void)::rename(a.c_str(), aside.c_str());
      (void)::rename(evil.c_str(), a.c_str());
      (void)::rename(a.c_str(), evil.c_str());
      (void)::rename(aside.c_str(), a.c_str());
    }
  });
  int seen = 0;
  for (int i = 0; i < 20'000; ++i) {
    const auto fd = root_->open_read("a/b/file");
    if (fd.ok()) {
      base::Bytes bytes(6);
      ASSERT_TRUE(base::pread_exact(*fd, bytes, 0, "file").ok());
      ASSERT_EQ(base::text_of(bytes), "inside");
      ++seen;
    }
    (void)root_->make_directories("a/b/new");
    (void)root_->remove_empty_directories("a/b/new");
  }
  done = true;
  swapper.join();
  EXPECT_GT(seen, 0);
  EXPECT_EQ(base::get_file(scratch_ / "outside/b/file"), "OUTSIDE");
  EXPECT_FALSE(fs::exists(scratch_ / "outside/b/new"));
}

}  // namespace
}  // namespace cairn::workdir
