// Entry point: words, environment and signals of this process into cairn_main().
#include <unistd.h>

#include "cli/app.hpp"
#include "cli/process_io.hpp"
#include "cli/signals.hpp"

int main(int argc, char** argv) {
  cairn::cli::Signals signals;
  const auto io = cairn::cli::process_io();
  return cairn::cli::cairn_main({argv + 1, argv + argc}, io, signals.stop_token());
}
