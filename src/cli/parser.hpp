// Words -> which command with which arguments. The only user of CLI11 is parser.cpp.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cairn/result.hpp"
#include "cli/command.hpp"

namespace cairn::cli {

struct GlobalFlags {
  std::string directory;  // -C
  bool quiet = false, verbose = false, json = false, no_color = false, no_progress = false,
       offline = false;
  unsigned jobs = 0;
  std::vector<std::string>
      traces;  // --trace: what is printed beside the talk; "http" is the only one
};

struct Parsed {
  GlobalFlags global;
  const Command* command = nullptr;  // null: only global flags, or help of a group
  std::string group;                 // "remote", where no command of it was named
  Arguments arguments;
  bool help = false;  // --help anywhere
};

// kUsage with a hint for anything that does not fit the rows.
Result<Parsed> parse(const std::vector<Command>& commands, const std::vector<std::string>& words);

// The rows of the flags that every command has.
const std::vector<Flag>& global_flags();

}  // namespace cairn::cli
