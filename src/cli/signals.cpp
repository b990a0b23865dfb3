#include "cli/signals.hpp"

#include <atomic>
#include <csignal>
#include <string_view>

#include <fcntl.h>
#include <unistd.h>

namespace cairn::cli {

namespace {

std::atomic<int> g_signal_pipe{-1};  // the handler's only way to the watcher
std::atomic<int> g_signal_count{0};

constexpr std::string_view kStopping =
    "\ninterrupted: what was finished is safe; run the same command again to go on (a second "
    "Ctrl-C ends at once)\n";

extern "C" void cairn_on_signal(int) {
  if (g_signal_count.fetch_add(1) > 0) ::_exit(130);
  const char byte = 1;
  const auto ignored = ::write(g_signal_pipe.load(), &byte, 1);
  (void)ignored;
}

}  // namespace

Signals::Signals() {
  if (::pipe2(pipe_, O_CLOEXEC) != 0) return;
  g_signal_pipe = pipe_[1];
  watcher_ = std::thread([this] { watch(); });
  struct sigaction action {};
  action.sa_handler = cairn_on_signal;
  action.sa_flags = SA_RESTART;
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) ::sigaction(number, &action, nullptr);
  struct sigaction ignore {};
  ignore.sa_handler = SIG_IGN;
  for (const int number : {SIGPIPE, SIGXFSZ}) ::sigaction(number, &ignore, nullptr);
}

Signals::~Signals() {
  if (!watcher_.joinable()) return;
  const char byte = 0;
  const auto ignored = ::write(pipe_[1], &byte, 1);
  (void)ignored;
  watcher_.join();
  ::close(pipe_[0]);
  ::close(pipe_[1]);
}

void Signals::watch() {
  char byte = 0;
  while (::read(pipe_[0], &byte, 1) == 1 && byte == 1) {
    source_.request_stop();
    const auto ignored = ::write(STDERR_FILENO, kStopping.data(), kStopping.size());
    (void)ignored;
  }
}

}  // namespace cairn::cli
