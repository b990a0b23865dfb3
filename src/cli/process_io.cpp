#include "cli/process_io.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>

#include <sys/ioctl.h>
#include <unistd.h>

extern char** environ;

namespace cairn::cli {

namespace {

bool write_fully(int fd, std::string_view text) {
  while (!text.empty()) {
    const auto count = ::write(fd, text.data(), text.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

// `cairn ls | head`: whoever reads has enough, and nobody wants to be told. Results are written
// when everything else is done, or by commands that only read.
void end_by_broken_pipe() {
  ::signal(SIGPIPE, SIG_DFL);
  ::raise(SIGPIPE);
}

// Anything but a line that starts with "y" is a no.
bool ask_on_terminal(std::string_view question) {
  write_fully(STDERR_FILENO, std::string(question) + " [y/N] ");
  std::string line;
  char c = 0;
  while (::read(STDIN_FILENO, &c, 1) == 1 && c != '\n') line.push_back(c);
  return line.starts_with('y') || line.starts_with('Y');
}

std::string read_input(std::size_t max_bytes) {
  std::string text;
  char part[4096];
  while (text.size() < max_bytes) {
    const auto count = ::read(STDIN_FILENO, part, std::min(sizeof part, max_bytes - text.size()));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    text.append(part, static_cast<std::size_t>(count));
  }
  return text;
}

int columns() {
  struct winsize size {};
  return ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

}  // namespace

Io process_io() {
  Io io;
  io.out = [](std::string_view text) {
    const bool written = write_fully(STDOUT_FILENO, text);
    if (!written && errno == EPIPE) end_by_broken_pipe();
    return written;
  };
  io.err = [](std::string_view text) { write_fully(STDERR_FILENO, text); };
  io.out_is_terminal = ::isatty(STDOUT_FILENO) == 1;
  const char* term = std::getenv("TERM");  // NOLINT(concurrency-mt-unsafe): before any thread
  io.err_is_terminal =
      ::isatty(STDERR_FILENO) == 1 && term != nullptr && std::string_view(term) != "dumb";
  io.err_columns = columns();
  io.in = read_input;
  if (io.err_is_terminal && ::isatty(STDIN_FILENO) == 1) io.ask = ask_on_terminal;
  for (char** item = environ; *item != nullptr; ++item) {
    const std::string_view line(*item);
    const auto cut = line.find('=');
    const auto name = line.substr(0, cut);
    if (cut == std::string_view::npos) continue;
    io.environment.emplace(name, line.substr(cut + 1));
  }
  std::error_code fault;
  io.directory = std::filesystem::current_path(fault).string();
  if (io.directory.empty()) io.directory.push_back('/');
  io.program = std::filesystem::read_symlink("/proc/self/exe", fault).string();
  return io;
}

}  // namespace cairn::cli
