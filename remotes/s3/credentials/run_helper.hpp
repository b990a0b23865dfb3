// Runs a credential helper: no shell, no input, a time limit after which it is killed.
#pragma once

#include <chrono>
#include <stop_token>
#include <string>
#include <vector>

#include "base/process.hpp"
#include "cairn/result.hpp"

namespace cairn::remotes::s3 {

// At most 64 KiB of output and of errors are kept; more is an error. A bare name is searched in
// `search_path` (PATH), skipping empty and relative entries.
Result<base::ProcessResult> run_helper(std::vector<std::string> argv,
                                       const std::string& search_path,
                                       std::chrono::milliseconds limit, std::stop_token stop);

}  // namespace cairn::remotes::s3
