#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <thread>

#include <poll.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.hpp"
#include "base/process.hpp"
#include "base/retry_eintr.hpp"
#include "base/spawn.hpp"

namespace cairn::base {
namespace {

constexpr auto kPatience =
    std::chrono::seconds(2);  // between closing a child's stdin and killing it
constexpr std::size_t kMaxErrorBytes = 500;

// True when the child was reaped, or is not there to be reaped.
bool reap_within_patience(pid_t pid) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  for (auto pause = std::chrono::microseconds(100);;
       pause = std::min<std::chrono::microseconds>(pause * 2, std::chrono::milliseconds(50))) {
    if (retry_eintr([&] { return ::waitpid(pid, nullptr, WNOHANG); }) != 0) return true;
    if (std::chrono::steady_clock::now() >= deadline) return false;
    std::this_thread::sleep_for(pause);
  }
}

}  // namespace

Result<CoProcess> CoProcess::start(const std::vector<std::string>& argv,
                                   const std::string& directory) {
  CAIRN_TRY(Pipe requests, make_pipe());
  CAIRN_TRY(Pipe answers, make_pipe());
  CAIRN_CHECK(set_nonblocking(requests.write));
  CoProcess process;
  process.errors_ = Fd(::memfd_create("cairn-child-stderr", MFD_CLOEXEC));
  if (!process.errors_.valid()) return errno_error("create", "memory file", errno);
  CAIRN_TRY(process.pid_, spawn(argv, directory, child_environment({}, {}),
                                {requests.read.get(), answers.write.get(), process.errors_.get()}));
  process.name_ = argv[0];
  process.to_child_ = std::move(requests.write);
  process.from_child_ = std::move(answers.read);
  return process;
}

CoProcess::CoProcess(CoProcess&& other) noexcept
    : name_(std::move(other.name_)),
      to_child_(std::move(other.to_child_)),
      from_child_(std::move(other.from_child_)),
      errors_(std::move(other.errors_)),
      pid_(std::exchange(other.pid_, -1)),
      buffer_(std::move(other.buffer_)),
      buffer_at_(std::exchange(other.buffer_at_, 0)) {}

CoProcess& CoProcess::operator=(CoProcess&& other) noexcept {
  if (this == &other) return *this;
  finish();
  name_ = std::move(other.name_);
  to_child_ = std::move(other.to_child_);
  from_child_ = std::move(other.from_child_);
  errors_ = std::move(other.errors_);
  pid_ = std::exchange(other.pid_, -1);
  buffer_ = std::move(other.buffer_);
  buffer_at_ = std::exchange(other.buffer_at_, 0);
  return *this;
}

CoProcess::~CoProcess() { finish(); }

void CoProcess::finish() {
  to_child_.reset();
  from_child_.reset();
  if (pid_ < 0) return;
  if (!reap_within_patience(pid_)) {
    ::kill(pid_, SIGKILL);
    (void)wait_child(pid_);
  }
  pid_ = -1;
}

Status CoProcess::write(std::string_view bytes) {
  const SigpipeGuard no_sigpipe;
  while (!bytes.empty()) {
    std::array<pollfd, 2> ready = {pollfd{to_child_.get(), POLLOUT, 0},
                                   pollfd{from_child_.get(), POLLIN, 0}};
    if (retry_eintr([&] { return ::poll(ready.data(), ready.size(), -1); }) < 0)
      return errno_error("wait for", name_, errno);
    if (ready[1].revents != 0) CAIRN_CHECK(receive());
    if (ready[0].revents == 0) continue;
    const auto count =
        retry_eintr([&] { return ::write(to_child_.get(), bytes.data(), bytes.size()); });
    if (count < 0 && errno == EPIPE) return ended_error();
    if (count < 0 && errno != EAGAIN) return errno_error("write to", name_, errno);
    if (count > 0) bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return {};
}

Result<std::string> CoProcess::read_line(std::size_t max_bytes) {
  for (std::size_t searched = 0;;) {
    const std::size_t end = buffer_.find('\n', buffer_at_ + searched);
    searched = (end == std::string::npos ? buffer_.size() : end) - buffer_at_;
    if (searched > max_bytes) {
      return Error(Code::kCorrupt, "`" + name_ + "` sent a line of more than " +
                                       std::to_string(max_bytes) + " bytes");
    }
    if (end != std::string::npos) {
      std::string line = take(searched);
      ++buffer_at_;
      return line;
    }
    CAIRN_CHECK(receive());
  }
}

Result<std::string> CoProcess::read_exact(std::size_t count) {
  while (buffered() < count) CAIRN_CHECK(receive());
  return take(count);
}

Status CoProcess::receive() {
  std::array<char, 64 << 10> chunk;  // NOLINT: filled by read
  const auto count =
      retry_eintr([&] { return ::read(from_child_.get(), chunk.data(), chunk.size()); });
  if (count < 0) return errno_error("read from", name_, errno);
  if (count == 0) return ended_error();
  // Taken bytes are dropped once they are the larger part: moving the rest then costs less than
  // what was read.
  if (buffer_at_ > buffer_.size() / 2) {
    buffer_.erase(0, buffer_at_);
    buffer_at_ = 0;
  }
  buffer_.append(chunk.data(), static_cast<std::size_t>(count));
  return {};
}

std::string CoProcess::take(std::size_t count) {
  std::string out = buffer_.substr(buffer_at_, count);
  buffer_at_ += count;
  return out;
}

Error CoProcess::ended_error() {
  std::string said(kMaxErrorBytes, '\0');
  const auto count =
      retry_eintr([&] { return ::pread(errors_.get(), said.data(), said.size(), 0); });
  said.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
  said.resize(std::min(said.find('\n'), said.size()));
  return Error(Code::kIo, "`" + name_ + "` ended early" + (said.empty() ? "" : ": " + said));
}

}  // namespace cairn::base
