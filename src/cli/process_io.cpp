#include "cli/process_io.hpp"

#include <cerrno>
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

int columns() {
  struct winsize size {};
  return ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

}  // namespace

Io process_io() {
  Io io;
  io.out = [](std::string_view text) { return write_fully(STDOUT_FILENO, text); };
  io.err = [](std::string_view text) { write_fully(STDERR_FILENO, text); };
  io.out_is_terminal = ::isatty(STDOUT_FILENO) == 1;
  const char* term = std::getenv("TERM");
  io.err_is_terminal = ::isatty(STDERR_FILENO) == 1 && term != nullptr && std::string_view(term) != "dumb";
  io.err_columns = columns();
  for (char** item = environ; *item != nullptr; ++item) {
    const std::string_view line(*item);
    const auto cut = line.find('=');
    const auto name = line.substr(0, cut);
    if (cut == std::string_view::npos || !(name.starts_with("CAIRN_") || name == "NO_COLOR")) continue;
    io.environment.emplace(name, line.substr(cut + 1));
  }
  std::error_code fault;
  io.directory = std::filesystem::current_path(fault).string();
  if (io.directory.empty()) io.directory.push_back('/');
  return io;
}

}  // namespace cairn::cli
