// Code -> exit code of the program and default slug (cairn(1), EXIT STATUS).
#pragma once

#include <string>
#include <vector>

#include "cairn/error.hpp"

namespace cairn::cli {

int exit_code(Code code);
// The error's own slug, or the one of its code: "missing-object", "disk-full", …
std::string slug_of(const Error& error);
// The error's own hints, or the one of its code: every error says what to do next.
std::vector<std::string> hints_of(const Error& error);

}  // namespace cairn::cli
