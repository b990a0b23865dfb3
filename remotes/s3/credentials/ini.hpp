// The INI dialect of AWS's shared files: sections, `name = value`, comments at the start of a line
// or after a space, and indented lines below an empty value, which become "outer.inner" (`s3 =`).
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "cairn/result.hpp"

namespace cairn::remotes::s3 {

using IniSection = std::map<std::string, std::string>;
using Ini = std::map<std::string, IniSection>;  // "default", "profile dev", "sso-session corp"

// Later lines win; repeated sections are joined. A line that is none of these is an error that
// names its number and nothing of its text, which may be a secret. At most 1 MiB and 10,000 lines.
Result<Ini> parse_ini(std::string_view text);

}  // namespace cairn::remotes::s3
