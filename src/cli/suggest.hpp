// Near misses: verbs of DVC and git that do not exist here, and misspelt commands, answered with
// the line to type.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cairn/error.hpp"
#include "cli/command.hpp"

namespace cairn::cli {

std::optional<Error> foreign_verb(const std::string& word);
Error unknown_command(const std::vector<Command>& commands, const std::string& word);

}  // namespace cairn::cli
