// Words for a POSIX shell.
#pragma once

#include <string>
#include <string_view>

namespace cairn::base {

// Text that a shell takes as one word.
std::string shell_quoted(std::string_view word);

}  // namespace cairn::base
