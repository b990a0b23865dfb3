// run_process: one poll loop feeds stdin and drains stdout and stderr, so that no side waits for a
// full pipe.
#include "base/process.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <functional>

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.hpp"
#include "base/retry_eintr.hpp"
#include "base/spawn.hpp"

namespace cairn::base {
namespace {

// Our ends; an invalid one is finished, or was never asked for.
struct Channels {
  Fd input;
  Fd output;
  Fd errors;
};

struct ChannelsAndPid {
  Channels ours;
  pid_t pid = -1;
};

Result<ChannelsAndPid> start_child(const std::vector<std::string>& argv,
                                   const ProcessOptions& options) {
  ChannelsAndPid child;
  Fd input;
  Fd output;
  Fd errors;
  if (options.input.empty()) {
    CAIRN_TRY(input, open_read("/dev/null"));
  } else {
    CAIRN_TRY(Pipe pipe, make_pipe());
    CAIRN_CHECK(set_nonblocking(pipe.write));
    input = std::move(pipe.read);
    child.ours.input = std::move(pipe.write);
  }
  if (!options.inherit_output) {
    CAIRN_TRY(Pipe output_pipe, make_pipe());
    CAIRN_TRY(Pipe errors_pipe, make_pipe());
    output = std::move(output_pipe.write);
    errors = std::move(errors_pipe.write);
    child.ours.output = std::move(output_pipe.read);
    child.ours.errors = std::move(errors_pipe.read);
  }
  const auto environment = child_environment(options.set_environment, options.drop_environment);
  CAIRN_TRY(child.pid,
            spawn(argv, options.directory, environment, {input.get(), output.get(), errors.get()}));
  return child;
}

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

Status exchange(Channels& ours, std::string_view input, ProcessResult& result) {
  const SigpipeGuard no_sigpipe;
  while (ours.input.valid() || ours.output.valid() || ours.errors.valid()) {
    // poll passes over negative descriptors.
    std::array<pollfd, 3> ready = {pollfd{ours.input.get(), POLLOUT, 0},
                                   pollfd{ours.output.get(), POLLIN, 0},
                                   pollfd{ours.errors.get(), POLLIN, 0}};
    if (retry_eintr([&] { return ::poll(ready.data(), ready.size(), -1); }) < 0) {
      return errno_error("wait for", "child process", errno);
    }
    // Any event will do: hang-ups and errors show in the call that follows.
    if (ready[0].revents != 0) CAIRN_CHECK(feed(ours.input, input));
    if (ready[1].revents != 0) CAIRN_CHECK(drain(ours.output, result.output));
    if (ready[2].revents != 0) CAIRN_CHECK(drain(ours.errors, result.errors));
  }
  return {};
}

}  // namespace

Result<ProcessResult> run_process(const std::vector<std::string>& argv,
                                  const ProcessOptions& options) {
  CAIRN_TRY(auto child, start_child(argv, options));
  ProcessResult result;
  Status exchanged;
  {
    const EndOnStop end_on_stop(options.stop, child.pid);
    exchanged = exchange(child.ours, options.input, result);
    child.ours = Channels();  // after an error the child sees its pipes closed, and can end
  }
  CAIRN_TRY(result.exit_code, wait_child(child.pid));
  if (result.exit_code != 0 && options.stop.stop_requested())
    return Error(Code::kInterrupted, "interrupted");
  if (!exchanged.ok()) return Error(exchanged.error()).with("running `" + argv[0] + "`");
  return result;
}

}  // namespace cairn::base
