// Help texts, all made from the command rows.
#pragma once

#include <string>
#include <vector>

#include "cli/command.hpp"

namespace cairn::cli {

std::string overview_help(const std::vector<Command>& commands);                        // grouped
std::string group_help(const std::vector<Command>& commands, const std::string& name);  // "remote"
std::string command_help(const Command& command);
std::string synopsis(const Command& command);  // "cairn add [-n] [--fast] PATH..."

}  // namespace cairn::cli
