#include <thread>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.hpp"
#include "scratch.hpp"

namespace cairn::base {
namespace {

using Mode = FileLock::Mode;

// Another process that holds a lock until it is told to end.
class Holder {
 public:
  Holder(const std::string& path, Mode mode) {
    int ready[2];
    int finish[2];
    if (::pipe(ready) != 0 || ::pipe(finish) != 0) std::abort();
    pid_ = ::fork();
    if (pid_ == 0) {
      ::close(finish[1]);
      const auto lock = FileLock::acquire(path, mode, 0);
      char byte = lock.ok() ? 'y' : 'n';
      if (::write(ready[1], &byte, 1) == 1) (void)!::read(finish[0], &byte, 1);
      ::_exit(0);
    }
    ::close(ready[1]);
    ::close(finish[0]);
    const Fd ready_end(ready[0]);
    finish_ = Fd(finish[1]);
    char byte = 'n';
    locked_ = ::read(ready_end.get(), &byte, 1) == 1 && byte == 'y';
  }
  ~Holder() { finish(); }
  [[nodiscard]] bool locked() const { return locked_; }
  [[nodiscard]] pid_t pid() const { return pid_; }
  void finish() {
    finish_.reset();
    if (pid_ > 0) ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }

 private:
  pid_t pid_ = -1;
  Fd finish_;
  bool locked_ = false;
};

TEST(FileLock, AnotherProcessKeepsItAndIsNamed) {
  const Scratch scratch;
  const Holder holder(scratch / "lock", Mode::kExclusive);
  ASSERT_TRUE(holder.locked());
  for (const Mode mode : {Mode::kExclusive, Mode::kShared}) {
    const auto lock = FileLock::acquire(scratch / "lock", mode, 5);
    ASSERT_FALSE(lock.ok());
    EXPECT_EQ(lock.error().code(), Code::kLocked);
    const std::string who = "is locked by pid " + std::to_string(holder.pid()) + " `";
    EXPECT_NE(lock.error().message().find(who), std::string::npos) << lock.error().message();
  }
}

TEST(FileLock, WaitsForTheOtherProcessToEnd) {
  const Scratch scratch;
  Holder holder(scratch / "lock", Mode::kExclusive);
  ASSERT_TRUE(holder.locked());
  std::thread ender([&] { holder.finish(); });
  EXPECT_TRUE(FileLock::acquire(scratch / "lock", Mode::kExclusive, 30'000).ok());
  ender.join();
}

TEST(FileLock, ARequestToStopEndsTheWait) {
  const Scratch scratch;
  const Holder holder(scratch / "lock", Mode::kExclusive);
  ASSERT_TRUE(holder.locked());
  std::stop_source stop;
  std::thread stopper([&] { stop.request_stop(); });
  const auto lock =
      FileLock::acquire(scratch / "lock", Mode::kExclusive, 600'000, stop.get_token());
  stopper.join();
  ASSERT_FALSE(lock.ok());
  EXPECT_EQ(lock.error().code(), Code::kInterrupted);
  const Scratch other;
  EXPECT_TRUE(FileLock::acquire(other / "lock", Mode::kExclusive, 0, stop.get_token()).ok())
      << "what need not be waited for is not refused";
}

TEST(FileLock, ReadersShareAndKeepWritersOut) {
  const Scratch scratch;
  const Holder holder(scratch / "lock", Mode::kShared);
  ASSERT_TRUE(holder.locked());
  EXPECT_TRUE(FileLock::acquire(scratch / "lock", Mode::kShared, 0).ok());
  const auto lock = FileLock::acquire(scratch / "lock", Mode::kExclusive, 0);
  ASSERT_FALSE(lock.ok());
  EXPECT_EQ(lock.error().code(), Code::kLocked);
  EXPECT_NE(lock.error().message().find("locked by another process"), std::string::npos);
}

TEST(FileLock, ReleaseFreesItClearsTheHolderAndKeepsTheFile) {
  const Scratch scratch;
  {
    const auto lock = FileLock::acquire(scratch / "lock", Mode::kExclusive, 0);
    ASSERT_TRUE(lock.ok());
    EXPECT_EQ(get_file(scratch / "lock").find("pid " + std::to_string(::getpid()) + " `"), 0U);
    EXPECT_FALSE(FileLock::acquire(scratch / "lock", Mode::kExclusive, 0).ok());
  }
  EXPECT_TRUE(std::filesystem::exists(scratch / "lock"));
  EXPECT_EQ(get_file(scratch / "lock"), "");
  EXPECT_TRUE(FileLock::acquire(scratch / "lock", Mode::kExclusive, 0).ok());
}

TEST(FileLock, MovesAndAssigns) {
  const Scratch scratch;
  auto a = FileLock::acquire(scratch / "a", Mode::kExclusive, 0);
  auto b = FileLock::acquire(scratch / "b", Mode::kExclusive, 0);
  ASSERT_TRUE(a.ok() && b.ok());
  FileLock lock = *std::move(a);
  EXPECT_FALSE(FileLock::acquire(scratch / "a", Mode::kExclusive, 0).ok());
  lock = *std::move(b);
  EXPECT_TRUE(FileLock::acquire(scratch / "a", Mode::kExclusive, 0).ok());
  EXPECT_FALSE(FileLock::acquire(scratch / "b", Mode::kExclusive, 0).ok());
}

TEST(FileLock, HolderLeftFromACrashIsForgotten) {
  const Scratch scratch;
  put_file(scratch / "lock", "pid 1 `cairn gc`\n");
  const Holder reader(scratch / "lock", Mode::kShared);
  ASSERT_TRUE(reader.locked());
  const auto lock = FileLock::acquire(scratch / "lock", Mode::kExclusive, 0);
  ASSERT_FALSE(lock.ok());
  EXPECT_EQ(lock.error().message().find("cairn gc"), std::string::npos);
}

TEST(FileLock, ReaderNeedsNoMoreThanReadPermission) {
  const Scratch scratch;
  put_file(scratch / "lock", "");
  std::filesystem::permissions(scratch / "lock", std::filesystem::perms(0444));
  std::filesystem::permissions(scratch.path(), std::filesystem::perms(0555));
  const pid_t pid = ::fork();
  if (pid == 0) {
    if (::geteuid() == 0 && ::setuid(65534) != 0) ::_exit(9);  // root may write everything
    const bool shared = FileLock::acquire(scratch / "lock", Mode::kShared, 0).ok();
    const auto exclusive = FileLock::acquire(scratch / "lock", Mode::kExclusive, 0);
    const auto absent = FileLock::acquire(scratch / "absent", Mode::kShared, 0);
    ::_exit((shared ? 0 : 1) +
            (!exclusive.ok() && exclusive.error().code() == Code::kPermission ? 0 : 2) +
            (!absent.ok() && absent.error().code() == Code::kPermission ? 0 : 4));
  }
  int status = -1;
  ::waitpid(pid, &status, 0);
  std::filesystem::permissions(scratch.path(), std::filesystem::perms(0755));
  EXPECT_EQ(status, 0) << "exit code " << WEXITSTATUS(status);
}

TEST(FileLock, MissingDirectoryIsNotFound) {
  const Scratch scratch;
  const auto lock = FileLock::acquire(scratch / "no/lock", Mode::kExclusive, 0);
  ASSERT_FALSE(lock.ok());
  EXPECT_EQ(lock.error().code(), Code::kNotFound);
}

}  // namespace
}  // namespace cairn::base
