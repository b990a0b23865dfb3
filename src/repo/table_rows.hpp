// Rows of a table of text lines, one by one and as hashes: equal lines give equal ones.
#pragma once

#include <cstdint>
#include <functional>

#include "cairn/context.hpp"
#include "repo/chunked_file.hpp"

namespace cairn::repo {

// Of a file, whole lines.
struct TablePart {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
};

// Of each line that is not empty; without its end.
using RowVisit = std::function<void(std::uint64_t hash)>;
Status read_rows(const Context& context, ChunkedFile& file, const TablePart& part,
                 const RowVisit& visit);

}  // namespace cairn::repo
