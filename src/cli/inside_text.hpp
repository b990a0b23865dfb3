// Words for what is inside of models and tables.
#pragma once

#include <string>
#include <vector>

#include "cli/command.hpp"
#include "repo/inside_diff.hpp"

namespace cairn::cli {

std::string tensors_text(const std::vector<repo::Tensor>& tensors);
Json tensors_json(const std::vector<repo::Tensor>& tensors);

// Lines below the line of a changed file.
std::string inside_text(const repo::InsideDiff& inside);
Json inside_json(const repo::InsideDiff& inside);

}  // namespace cairn::cli
