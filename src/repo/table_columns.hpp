// The columns of a table, from its first rows.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "repo/table_diff.hpp"

namespace cairn::repo {

// Fields of a line of CSV or TSV; comma, tabulator or semicolon, whichever is most frequent.
std::vector<std::string> header_fields(std::string_view line);
// Keys of the objects in these lines, each once, in the order of first use. Lines that are no
// objects have none.
std::vector<std::string> json_keys(std::string_view lines);

}  // namespace cairn::repo
