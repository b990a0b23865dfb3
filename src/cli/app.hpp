// The program in one call, so that tests run it in process: parse, set up the context, run the
// command, render.
#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "cli/io.hpp"

namespace cairn::cli {

// `words` without the program's name. `stop` is requested by signals.
int cairn_main(const std::vector<std::string>& words, const Io& io, std::stop_token stop);

}  // namespace cairn::cli
