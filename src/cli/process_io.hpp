// Io of this very process: stdout, stderr, environment, current directory.
#pragma once

#include "cli/io.hpp"

namespace cairn::cli {

Io process_io();

}  // namespace cairn::cli
