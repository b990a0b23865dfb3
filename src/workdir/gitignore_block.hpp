// The managed block of ignore rules that keeps data out of git: pure text editing.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cairn::workdir {

// The text with `/name` (escaped) of each name added to, or removed from, the block between
// "# cairn begin" and "# cairn end"; sorted, other lines untouched, CRLF files keep CRLF. An
// emptied block disappears.
std::string add_ignored(std::string_view gitignore, const std::vector<std::string>& names);
std::string remove_ignored(std::string_view gitignore, const std::vector<std::string>& names);
bool has_ignored(std::string_view gitignore, std::string_view name);

}  // namespace cairn::workdir
