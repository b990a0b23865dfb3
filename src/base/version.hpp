// The program's version, from the build description alone.
#pragma once

#include <string>

namespace cairn::base {

inline constexpr const char* kProgram = "cairn";
const char* program_version();  // "0.1.0"
std::string program_name();     // "cairn 0.1.0", as leases and roots say it

}  // namespace cairn::base
