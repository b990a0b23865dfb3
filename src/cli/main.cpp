// Entry point: words, environment and signals of this process into cairn_main().
#include <fcntl.h>
#include <unistd.h>

#include "cli/app.hpp"
#include "cli/process_io.hpp"
#include "cli/signals.hpp"

namespace {

// Where a standard stream is closed, the next file opened would take its number, and text for the
// stream would end in that file. Opened for reading only, writing to it fails as it should.
void occupy_closed_streams() {
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(stream, F_GETFD) == -1 && ::open("/dev/null", O_RDONLY) != stream) ::_exit(1);
  }
}

}  // namespace

int main(int argc, char** argv) {
  occupy_closed_streams();
  cairn::cli::Signals signals;
  const auto io = cairn::cli::process_io();
  return cairn::cli::cairn_main({argv + 1, argv + argc}, io, signals.stop_token());
}
