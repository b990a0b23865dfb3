// RunningProcess: one poll loop feeds stdin and drains stdout and stderr, so that no side waits for
// a full pipe.
#include "base/process.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <functional>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.hpp"
#include "base/retry_eintr.hpp"
#include "base/spawn.hpp"

namespace cairn::base {
namespace {

// Writes what the pipe takes; closes it when all is written or nobody reads any more.
Status feed(Fd& fd, std::string_view& input) {
  const auto count = retry_eintr([&] { return ::write(fd.get(), input.data(), input.size()); });
  if (count < 0 && errno == EAGAIN) return {};
  if (count < 0 && errno != EPIPE) return errno_error("write to", "child process", errno);
  input.remove_prefix(count < 0 ? input.size() : static_cast<std::size_t>(count));
  if (input.empty()) fd.reset();
  return {};
}

Status drain(Fd& fd, std::string& out) {
  std::array<char, 64 << 10> buffer;  // NOLINT: filled by read
  const auto count = retry_eintr([&] { return ::read(fd.get(), buffer.data(), buffer.size()); });
  if (count < 0) return errno_error("read from", "child process", errno);
  if (count == 0) fd.reset();
  out.append(buffer.data(), static_cast<std::size_t>(count));
  return {};
}

// Until the child has ended; it is not reaped, so its number is nobody else's.
class EndOnStop {
 public:
  EndOnStop(const std::stop_token& stop, pid_t pid)
      : pid_(pid), on_stop_(stop, [pid] { ::kill(pid, SIGTERM); }) {}
  EndOnStop(const EndOnStop&) = delete;
  EndOnStop& operator=(const EndOnStop&) = delete;
  ~EndOnStop() {
    siginfo_t ended{};
    retry_eintr(
        [&] { return ::waitid(P_PID, static_cast<id_t>(pid_), &ended, WEXITED | WNOWAIT); });
  }

 private:
  const pid_t pid_;
  const std::stop_callback<std::function<void()>> on_stop_;  // goes after the wait
};

Status exchange(Fd& to_child, Fd& output, Fd& errors, std::string_view input,
                ProcessResult& result) {
  const SigpipeGuard no_sigpipe;
  while (to_child.valid() || output.valid() || errors.valid()) {
    // poll passes over negative descriptors.
    std::array<pollfd, 3> ready = {pollfd{to_child.get(), POLLOUT, 0},
                                   pollfd{output.get(), POLLIN, 0},
                                   pollfd{errors.get(), POLLIN, 0}};
    if (retry_eintr([&] { return ::poll(ready.data(), ready.size(), -1); }) < 0) {
      return errno_error("wait for", "child process", errno);
    }
    // Any event will do: hang-ups and errors show in the call that follows.
    if (ready[0].revents != 0) CAIRN_CHECK(feed(to_child, input));
    if (ready[1].revents != 0) CAIRN_CHECK(drain(output, result.output));
    if (ready[2].revents != 0) CAIRN_CHECK(drain(errors, result.errors));
  }
  return {};
}

}  // namespace

Result<RunningProcess> RunningProcess::start(const std::vector<std::string>& argv,
                                             ProcessOptions options) {
  RunningProcess process;
  Fd input, output, errors;  // the child's ends
  if (options.input.empty()) {
    CAIRN_TRY(input, open_read("/dev/null"));
  } else {
    CAIRN_TRY(Pipe pipe, make_pipe());
    CAIRN_CHECK(set_nonblocking(pipe.write));
    input = std::move(pipe.read);
    process.input_ = std::move(pipe.write);
  }
  if (!options.inherit_output) {
    CAIRN_TRY(Pipe output_pipe, make_pipe());
    CAIRN_TRY(Pipe errors_pipe, make_pipe());
    output = std::move(output_pipe.write);
    errors = std::move(errors_pipe.write);
    process.output_ = std::move(output_pipe.read);
    process.errors_ = std::move(errors_pipe.read);
  }
  const auto environment = child_environment(options.set_environment, options.drop_environment);
  CAIRN_TRY(process.pid_,
            spawn(argv, options.directory, environment, {input.get(), output.get(), errors.get()}));
  process.name_ = argv[0];
  process.options_ = std::move(options);
  return process;
}

RunningProcess::RunningProcess(RunningProcess&& other) noexcept
    : name_(std::move(other.name_)),
      options_(std::move(other.options_)),
      input_(std::move(other.input_)),
      output_(std::move(other.output_)),
      errors_(std::move(other.errors_)),
      pid_(std::exchange(other.pid_, -1)) {}

RunningProcess::~RunningProcess() {
  if (pid_ < 0) return;
  ::kill(pid_, SIGTERM);
  static_cast<void>(wait_child(pid_));
}

Result<ProcessResult> RunningProcess::finish() {
  ProcessResult result;
  Status exchanged;
  {
    const EndOnStop end_on_stop(options_.stop, pid_);
    exchanged = exchange(input_, output_, errors_, options_.input, result);
    for (Fd* fd : {&input_, &output_, &errors_}) fd->reset();  // after an error the child can end
  }
  CAIRN_TRY(result.exit_code, wait_child(std::exchange(pid_, -1)));
  if (result.exit_code != 0 && options_.stop.stop_requested())
    return Error(Code::kInterrupted, "interrupted");
  if (!exchanged.ok()) return Error(exchanged.error()).with("running `" + name_ + "`");
  return result;
}

Result<ProcessResult> run_process(const std::vector<std::string>& argv,
                                  const ProcessOptions& options) {
  CAIRN_TRY(auto process, RunningProcess::start(argv, options));
  return process.finish();
}

}  // namespace cairn::base
