// The managed block of ignore rules that keeps data out of git: pure text editing.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cairn::workdir {

// The text with `/name` (escaped) added to, or removed from, the block between "# cairn begin" and
// "# cairn end"; sorted, other lines untouched, CRLF files keep CRLF. An emptied block disappears.
std::string add_ignored(std::string_view gitignore, std::string_view name);
std::string remove_ignored(std::string_view gitignore, std::string_view name);
bool has_ignored(std::string_view gitignore, std::string_view name);

}  // namespace cairn::workdir
