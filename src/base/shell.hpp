// Words for a POSIX shell.
#pragma once

#include <string>
#include <string_view>

namespace cairn::base {

// Text that a shell takes as one word.
std::string shell_quoted(std::string_view word);

// A path in a line that the user may type as it stands: bare where that is one word, else quoted;
// what a terminal may not be shown as $'\xNN'. Never an option.
std::string shell_word(std::string_view path);

}  // namespace cairn::base
