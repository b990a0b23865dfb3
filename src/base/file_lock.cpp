// FileLock by flock(2): the kernel drops it with the process, so a crash leaves no stale lock
// behind. Polls, because flock has no time limit and a signal to interrupt it would reach every
// other thread too.
#include <algorithm>
#include <chrono>
#include <thread>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/file.hpp"
#include "base/retry_eintr.hpp"
#include "base/text.hpp"

namespace cairn::base {
namespace {

using std::chrono::milliseconds;
using SteadyClock = std::chrono::steady_clock;

constexpr milliseconds kFirstSleep{1};
constexpr milliseconds kLongestSleep{50};
constexpr std::size_t kMaxHolderBytes = 200;

Result<Fd> open_lock_file(const std::string& path, FileLock::Mode mode) {
  Fd fd(retry_eintr([&] { return ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666); }));
  if (fd.valid()) return fd;
  const int error_number = errno;
  // Readers of a store that they may not write: the lock still keeps out writers on this host.
  if (mode == FileLock::Mode::kShared &&
      (error_number == EROFS || error_number == EACCES || error_number == EPERM)) {
    fd = Fd(retry_eintr([&] { return ::open(path.c_str(), O_RDONLY | O_CLOEXEC); }));
    if (fd.valid()) return fd;
  }
  return errno_error("open lock", path, error_number);
}

// "pid 123 `cairn add`". The command is the program's name and its first word; later words may be
// private.
std::string describe_self() {
  std::string text = "pid " + std::to_string(::getpid());
  const auto command_line = read_file("/proc/self/cmdline", std::size_t{4} << 20);
  if (!command_line.ok()) return text;
  const auto words = split(text_of(*command_line), '\0');
  std::string command(name_of(words[0]));
  if (words.size() > 1 && !words[1].empty() && words[1][0] != '-')
    command.append(" ").append(words[1]);
  return text + " `" + printable(command.substr(0, 64)) + "`";
}

// Information for people only: a lock without it is as good.
void write_holder(const Fd& fd) {
  const std::string text = describe_self() + "\n";
  if (::ftruncate(fd.get(), 0) == 0) (void)pwrite_all(fd, view_of(text), 0, "");
}

// Whoever holds the lock shared knows that nobody holds it exclusively: a holder in the file is
// left from a crash.
void clear_holder(const Fd& fd) {
  struct ::stat info {};
  if (::fstat(fd.get(), &info) == 0 && info.st_size != 0 && ::ftruncate(fd.get(), 0) != 0) return;
}

Error locked_error(const Fd& fd, const std::string& path, int timeout_ms) {
  std::string holder(kMaxHolderBytes, '\0');
  const auto count =
      retry_eintr([&] { return ::pread(fd.get(), holder.data(), holder.size(), 0); });
  holder.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
  holder.resize(std::min(holder.find('\n'), holder.size()));
  if (holder.empty()) holder = "another process";
  return Error(Code::kLocked, "`" + path + "` is locked by " + printable(holder) + " (waited " +
                                  std::to_string(timeout_ms) + " ms)");
}

}  // namespace

Result<FileLock> FileLock::acquire(const std::string& path, Mode mode, int timeout_ms,
                                   const std::stop_token& stop) {
  CAIRN_TRY(Fd fd, open_lock_file(path, mode));
  timeout_ms = std::max(timeout_ms, 0);
  const int operation = (mode == Mode::kShared ? LOCK_SH : LOCK_EX) | LOCK_NB;
  const auto deadline = SteadyClock::now() + milliseconds(timeout_ms);
  milliseconds pause = kFirstSleep;
  while (retry_eintr([&] { return ::flock(fd.get(), operation); }) != 0) {
    if (errno != EWOULDBLOCK) return errno_error("lock", path, errno);
    const auto left = std::chrono::duration_cast<milliseconds>(deadline - SteadyClock::now());
    if (stop.stop_requested())
      return Error(Code::kInterrupted, "interrupted while waiting for the lock `" + path + "`");
    if (left.count() <= 0) return locked_error(fd, path, timeout_ms);
    std::this_thread::sleep_for(std::min(pause, left));
    pause = std::min(pause * 2, kLongestSleep);
  }
  if (mode == Mode::kExclusive) {
    write_holder(fd);
  } else {
    clear_holder(fd);
  }
  return FileLock(std::move(fd), mode);
}

FileLock& FileLock::operator=(FileLock&& other) noexcept {
  if (this != &other) {
    release();
    fd_ = std::move(other.fd_);
    mode_ = other.mode_;
  }
  return *this;
}

FileLock::~FileLock() { release(); }

void FileLock::release() {
  if (fd_.valid() && mode_ == Mode::kExclusive) clear_holder(fd_);
  fd_.reset();
}

}  // namespace cairn::base
