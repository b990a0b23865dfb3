// Files whose usual readers run code that the file itself names: pickles, and what is built on
// them. Told by name and first bytes; nothing is unpickled, and no pickle is taken for harmless.
#pragma once

#include <string>
#include <string_view>

#include "repo/chunked_file.hpp"

namespace cairn::hooks {

// True for names that are worth a look.
bool may_run_code(std::string_view path);
// Of such a name. Where its first bytes are not here, false for names that other formats use too.
bool runs_code(const std::string& path, repo::ChunkedFile& file);

}  // namespace cairn::hooks
