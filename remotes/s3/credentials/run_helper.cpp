#include "remotes/s3/credentials/run_helper.hpp"

#include <array>
#include <cerrno>
#include <csignal>

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <fmt/core.h>

#include "base/file.hpp"
#include "base/secret.hpp"
#include "base/spawn.hpp"
#include "base/text.hpp"

namespace cairn::remotes::s3 {
namespace {

constexpr std::size_t kMaxBytes = 64 << 10;
constexpr int kTickMs = 100;  // how long a stop may go unseen

// Reads what there is; false at the end of the stream.
Result<bool> drain(const base::Fd& fd, std::string& into) {
  std::array<char, 4096> block;
  const ssize_t got = ::read(fd.get(), block.data(), block.size());
  if (got < 0 && (errno == EINTR || errno == EAGAIN)) return true;
  if (got < 0) return base::errno_error("read from", "credential helper", errno);
  into.append(block.data(), static_cast<std::size_t>(got));
  ::explicit_bzero(block.data(), block.size());
  if (into.size() > kMaxBytes) return Error(Code::kUnauthenticated, "it wrote more than 64 KiB");
  return got > 0;
}

// Until both streams end; an error at the limit or on a stop.
Status collect(base::Fd output, base::Fd errors, base::ProcessResult& result,
               std::chrono::milliseconds limit, const std::stop_token& stop) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (output.valid() || errors.valid()) {
    if (stop.stop_requested()) return Error(Code::kInterrupted, "interrupted");
    if (std::chrono::steady_clock::now() >= end)
      return Error(Code::kUnauthenticated,
                   fmt::format("no answer within {} s", limit.count() / 1000));
    std::array<pollfd, 2> streams{{{output.get(), POLLIN, 0}, {errors.get(), POLLIN, 0}}};
    if (::poll(streams.data(), streams.size(), kTickMs) <= 0) continue;
    if (streams[0].revents != 0) {
      CAIRN_TRY(const bool more, drain(output, result.output));
      if (!more) output.reset();
    }
    if (streams[1].revents != 0) {
      CAIRN_TRY(const bool more, drain(errors, result.errors));
      if (!more) errors.reset();
    }
  }
  return {};
}

}  // namespace

Result<base::ProcessResult> run_helper(std::vector<std::string> argv,
                                       const std::string& search_path,
                                       std::chrono::milliseconds limit, std::stop_token stop) {
  auto program = base::find_program(argv.at(0), search_path);
  if (!program.ok())
    return Error(Code::kUnauthenticated,
                 fmt::format("there is no program `{}`", base::printable(argv[0])));
  argv[0] = *std::move(program);
  base::Fd nothing(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  CAIRN_TRY(base::Pipe output, base::make_pipe());
  CAIRN_TRY(base::Pipe errors, base::make_pipe());
  CAIRN_TRY(const pid_t pid, base::spawn(argv, "", base::child_environment({}, {}),
                                         {nothing.get(), output.write.get(), errors.write.get()}));
  output.write.reset();
  errors.write.reset();
  base::ProcessResult result;
  const Status collected =
      collect(std::move(output.read), std::move(errors.read), result, limit, stop);
  if (!collected.ok()) ::kill(pid, SIGKILL);
  CAIRN_TRY(result.exit_code, base::wait_child(pid));
  if (!collected.ok()) {
    base::Secret::wipe(result.output);
    return Error(collected.error());
  }
  return result;
}

}  // namespace cairn::remotes::s3
