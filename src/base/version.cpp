#include "base/version.hpp"

namespace cairn::base {

const char* program_version() { return CAIRN_VERSION; }
std::string program_name() { return std::string(kProgram) + " " + program_version(); }

}  // namespace cairn::base
