// Completion scripts for shells, all made from the command rows.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/command.hpp"

namespace cairn::cli {

// Of "bash", "zsh" or "fish"; nothing for other shells.
std::optional<std::string> completion_script(const std::vector<Command>& commands,
                                             const std::string& shell);

}  // namespace cairn::cli
