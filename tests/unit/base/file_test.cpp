#include "base/file.hpp"

#include <algorithm>
#include <array>
#include <csignal>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/inotify.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "scratch.hpp"

namespace {
std::size_t most_bytes_a_call = SIZE_MAX;  // what pread and pwritev below transfer at most
}

// Stand in for the C library's, so that transfers can be made short.
extern "C" ssize_t pread(int fd, void* out, std::size_t size, off_t offset) {
  return ::syscall(SYS_pread64, fd, out, std::min(size, most_bytes_a_call), offset);
}
extern "C" ssize_t pwritev(int fd, const iovec* vectors, int count, off_t offset) {
  std::string bytes;
  for (const iovec* at = vectors; at != vectors + count; ++at) {
    bytes.append(static_cast<const char*>(at->iov_base), at->iov_len);
  }
  return ::syscall(SYS_pwrite64, fd, bytes.data(), std::min(bytes.size(), most_bytes_a_call),
                   offset);
}

namespace cairn::base {
namespace {

class ShortTransfers {
 public:
  explicit ShortTransfers(std::size_t bytes) { most_bytes_a_call = bytes; }
  ~ShortTransfers() { most_bytes_a_call = SIZE_MAX; }
  ShortTransfers(const ShortTransfers&) = delete;
  ShortTransfers& operator=(const ShortTransfers&) = delete;
};

std::size_t entries_in(const std::string& path) {
  const auto entries = list_directory(path);
  return entries.ok() ? entries->size() : SIZE_MAX;
}

TEST(File, ErrorNamesActionPathAndReason) {
  const auto file = open_read("/nonexistent/x");
  ASSERT_FALSE(file.ok());
  EXPECT_EQ(file.error().message(), "cannot open `/nonexistent/x`: No such file or directory");
  EXPECT_EQ(file.error().code(), Code::kNotFound);
}

TEST(File, ErrnoBecomesCode) {
  const auto code = [](int number) { return errno_error("read", "x", number).code(); };
  EXPECT_EQ(code(ENOTDIR), Code::kNotFound);
  EXPECT_EQ(code(EEXIST), Code::kExists);
  EXPECT_EQ(code(EROFS), Code::kPermission);
  EXPECT_EQ(code(EDQUOT), Code::kNoSpace);
  EXPECT_EQ(code(EFBIG), Code::kNoSpace);
  EXPECT_EQ(code(EIO), Code::kIo);
}

TEST(File, CreateNewRefusesAnExistingFile) {
  const Scratch scratch;
  ASSERT_TRUE(create_new(scratch / "a", 0644).ok());
  const auto again = create_new(scratch / "a", 0644);
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.error().code(), Code::kExists);
}

TEST(File, DescriptorsCloseOnExec) {
  const Scratch scratch;
  const auto fd = create_new(scratch / "a", 0644);
  ASSERT_TRUE(fd.ok());
  EXPECT_NE(::fcntl(fd->get(), F_GETFD) & FD_CLOEXEC, 0);
}

TEST(File, PreadExactReadsAtItsOffset) {
  const Scratch scratch;
  put_file(scratch / "a", "0123456789");
  const auto fd = open_read(scratch / "a");
  ASSERT_TRUE(fd.ok());
  Bytes out(4);
  ASSERT_TRUE(pread_exact(*fd, out, 6, "a").ok());
  EXPECT_EQ(text_of(out), "6789");
}

TEST(File, PreadExactCallsAShortFileCorrupt) {
  const Scratch scratch;
  put_file(scratch / "a", "0123456789");
  const auto fd = open_read(scratch / "a");
  ASSERT_TRUE(fd.ok());
  Bytes out(4);
  for (const std::uint64_t offset :
       {std::uint64_t{7}, std::uint64_t{10}, std::uint64_t{INT64_MAX}, UINT64_MAX}) {
    const auto status = pread_exact(*fd, out, offset, "a");
    ASSERT_FALSE(status.ok()) << offset;
    EXPECT_EQ(status.error().code(), Code::kCorrupt);
    EXPECT_NE(status.error().message().find("`a` is truncated"), std::string::npos);
  }
}

TEST(File, PwritevWritesManyPartsIncludingEmptyOnes) {
  const Scratch scratch;
  const auto fd = create_new(scratch / "a", 0644);
  ASSERT_TRUE(fd.ok());
  std::string expected = "..";
  std::vector<std::string> texts;
  for (int i = 0; i < 200; ++i) texts.push_back(i % 3 == 0 ? "" : std::to_string(i) + ";");
  std::vector<ByteView> parts;
  for (const std::string& text : texts) {
    parts.push_back(view_of(text));
    expected += text;
  }
  ASSERT_TRUE(pwrite_all(*fd, view_of(".."), 0, "a").ok());
  ASSERT_TRUE(pwritev_all(*fd, parts, 2, "a").ok());
  EXPECT_EQ(get_file(scratch / "a"), expected);
  EXPECT_TRUE(pwritev_all(*fd, {}, 0, "a").ok());
  EXPECT_TRUE(pwrite_all(*fd, {}, 0, "a").ok());
}

TEST(File, ShortTransfersAreContinued) {
  const Scratch scratch;
  const auto fd = create_new(scratch / "a", 0644);
  ASSERT_TRUE(fd.ok());
  const std::array<ByteView, 4> parts = {view_of("abcde"), view_of(""), view_of("fg"),
                                         view_of("hijk")};
  for (const std::size_t bytes : {1U, 2U, 3U, 6U}) {
    const ShortTransfers short_transfers(bytes);
    ASSERT_EQ(::ftruncate(fd->get(), 0), 0);
    ASSERT_TRUE(pwritev_all(*fd, parts, 0, "a").ok());
    EXPECT_EQ(get_file(scratch / "a"), "abcdefghijk");
    Bytes out(10);
    ASSERT_TRUE(pread_exact(*fd, out, 1, "a").ok());
    EXPECT_EQ(text_of(out), "bcdefghijk");
  }
}

TEST(File, WriteThatMakesNoProgressIsAnError) {
  const Scratch scratch;
  const auto fd = create_new(scratch / "a", 0644);
  ASSERT_TRUE(fd.ok());
  const ShortTransfers short_transfers(0);
  const auto status = pwrite_all(*fd, view_of("x"), 0, "a");
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code(), Code::kIo);
}

TEST(File, FullDiskIsNoSpace) {
  const Fd full(::open("/dev/full", O_RDWR | O_CLOEXEC));
  ASSERT_TRUE(full.valid());
  const auto status = pwrite_all(full, view_of("x"), 0, "/dev/full");
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code(), Code::kNoSpace);
}

TEST(File, SyncsAndCloses) {
  const Scratch scratch;
  auto fd = create_new(scratch / "a", 0644);
  ASSERT_TRUE(fd.ok());
  EXPECT_TRUE(sync_file(*fd, "a").ok());
  EXPECT_TRUE(sync_filesystem(*fd, "a").ok());
  EXPECT_TRUE(sync_directory(scratch.path()).ok());
  EXPECT_TRUE(close_file(*std::move(fd), "a").ok());
  EXPECT_FALSE(sync_directory(scratch / "absent").ok());
  EXPECT_FALSE(sync_file(Fd(), "a").ok());
  EXPECT_FALSE(close_file(Fd(), "a").ok());
}

TEST(File, ReadFileBoundsTheSize) {
  const Scratch scratch;
  put_file(scratch / "a", "12345");
  const auto all = read_file(scratch / "a", 5);
  ASSERT_TRUE(all.ok());
  EXPECT_EQ(text_of(*all), "12345");
  const auto large = read_file(scratch / "a", 4);
  ASSERT_FALSE(large.ok());
  EXPECT_EQ(large.error().code(), Code::kCorrupt);
}

TEST(File, ReadFileOfUnknownSize) {
  // /proc files say that they are empty, and this one is longer than the first buffer.
  const auto limits = read_file("/proc/self/limits", 1 << 20);
  ASSERT_TRUE(limits.ok());
  EXPECT_GT(limits->size(), 100U);
  const auto bounded = read_file("/proc/self/limits", 10);
  ASSERT_FALSE(bounded.ok());
  EXPECT_EQ(bounded.error().code(), Code::kCorrupt);
}

TEST(File, AbsentFileIsNothingOrNotFound) {
  const Scratch scratch;
  const auto file = read_file(scratch / "a", 10);
  ASSERT_FALSE(file.ok());
  EXPECT_EQ(file.error().code(), Code::kNotFound);
  const auto absent = read_file_if_exists(scratch / "a", 10);
  ASSERT_TRUE(absent.ok());
  EXPECT_FALSE(absent->has_value());
  put_file(scratch / "a", "x");
  const auto present = read_file_if_exists(scratch / "a", 10);
  ASSERT_TRUE(present.ok());
  EXPECT_TRUE(present->has_value());
  EXPECT_FALSE(read_file_if_exists(scratch.path(), 1 << 20).ok());  // a directory is an error
}

TEST(AtomicWrite, ReplacesContentAndLeavesNoTemporary) {
  const Scratch scratch;
  put_file(scratch / "a", "a longer old text");
  for (const auto durability : {Durability::kSynced, Durability::kCacheOnly}) {
    ASSERT_TRUE(write_file_atomic(scratch / "a", view_of("new"), 0644, durability).ok());
    EXPECT_EQ(get_file(scratch / "a"), "new");
    EXPECT_EQ(entries_in(scratch.path()), 1U);
  }
}

// Else the rename could cross file systems, and leftovers would lie where nobody looks.
TEST(AtomicWrite, TemporaryNameIsInTheSameDirectory) {
  const Scratch scratch;
  const Fd watch(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  ASSERT_GE(::inotify_add_watch(watch.get(), scratch.path().c_str(), IN_CREATE), 0);
  ASSERT_TRUE(write_file_atomic(scratch / "a", view_of("new"), 0644, Durability::kSynced).ok());
  alignas(inotify_event) std::array<char, 4096> buffer{};
  ASSERT_GT(::read(watch.get(), buffer.data(), buffer.size()), 0);
  const auto* const event = reinterpret_cast<const inotify_event*>(buffer.data());
  EXPECT_EQ(std::string(event->name).find(".cairn-tmp-"), 0U) << event->name;
}

TEST(AtomicWrite, GivesANewInodeWithTheMode) {
  const Scratch scratch;
  put_file(scratch / "a", "old");
  const auto before = stat_path(scratch / "a");
  const Fd open_old(
      ::open((scratch / "a").c_str(), O_RDONLY | O_CLOEXEC));  // keeps the old inode number taken
  const mode_t old_mask = ::umask(022);
  ASSERT_TRUE(write_file_atomic(scratch / "a", view_of("new"), 0466, Durability::kCacheOnly).ok());
  ::umask(old_mask);
  const auto after = stat_path(scratch / "a");
  ASSERT_TRUE(before && after);
  EXPECT_NE(before->st_ino, after->st_ino);
  EXPECT_EQ(after->st_mode & 0777, 0444U);
}

TEST(AtomicWrite, RemovesTheTemporaryWhenTheRenameFails) {
  const Scratch scratch;
  ASSERT_EQ(::mkdir((scratch / "taken").c_str(), 0755), 0);
  const auto status = write_file_atomic(scratch / "taken", view_of("x"), 0644, Durability::kSynced);
  ASSERT_FALSE(status.ok());
  EXPECT_NE(status.error().message().find("writing `" + (scratch / "taken") + "`"),
            std::string::npos);
  EXPECT_EQ(entries_in(scratch.path()), 1U);
}

TEST(AtomicWrite, KeepsTheOldFileWhenTheWriteFails) {
  const Scratch scratch;
  put_file(scratch / "a", "old");
  rlimit old_limit{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &old_limit), 0);
  const rlimit small{4096, old_limit.rlim_max};
  const auto old_handler = std::signal(SIGXFSZ, SIG_IGN);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const auto status = write_file_atomic(scratch / "a", Bytes(8192), 0644, Durability::kSynced);
  ::setrlimit(RLIMIT_FSIZE, &old_limit);
  std::signal(SIGXFSZ, old_handler);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code(), Code::kNoSpace);
  EXPECT_EQ(get_file(scratch / "a"), "old");
  EXPECT_EQ(entries_in(scratch.path()), 1U);
}

TEST(AtomicWrite, NeedsItsDirectory) {
  const Scratch scratch;
  const auto status = write_file_atomic(scratch / "no/a", view_of("x"), 0644, Durability::kSynced);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code(), Code::kNotFound);
}

TEST(MappedFile, ShowsTheFile) {
  const Scratch scratch;
  put_file(scratch / "a", "mapped text");
  auto file = MappedFile::open(scratch / "a");
  ASSERT_TRUE(file.ok());
  EXPECT_EQ(text_of(file->view()), "mapped text");
  ASSERT_EQ(::unlink((scratch / "a").c_str()), 0);
  MappedFile moved = *std::move(file);
  EXPECT_EQ(text_of(moved.view()), "mapped text");  // the map outlives the name and the move
}

TEST(MappedFile, EmptyAndAbsentAndDirectory) {
  const Scratch scratch;
  put_file(scratch / "empty", "");
  const auto empty = MappedFile::open(scratch / "empty");
  ASSERT_TRUE(empty.ok());
  EXPECT_TRUE(empty->view().empty());
  const auto absent = MappedFile::open(scratch / "absent");
  ASSERT_FALSE(absent.ok());
  EXPECT_EQ(absent.error().code(), Code::kNotFound);
  EXPECT_FALSE(MappedFile::open(scratch.path()).ok());
  EXPECT_FALSE(MappedFile::open("/dev/null").ok());
}

TEST(MappedFile, AssignmentReplacesTheMap) {
  const Scratch scratch;
  put_file(scratch / "a", "aaa");
  put_file(scratch / "b", "bb");
  auto a = MappedFile::open(scratch / "a");
  auto b = MappedFile::open(scratch / "b");
  ASSERT_TRUE(a.ok() && b.ok());
  *a = *std::move(b);
  EXPECT_EQ(text_of(a->view()), "bb");
}

}  // namespace
}  // namespace cairn::base
