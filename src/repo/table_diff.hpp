// Rows and columns that changed between two versions of a table of text lines (CSV, TSV, JSON
// lines). A row is a line; rows are compared by hash, wherever they stand.
#pragma once

#include <string>
#include <vector>

#include "cairn/context.hpp"
#include "repo/chunked_file.hpp"

namespace cairn::repo {

enum class TableKind { kNone, kDelimited, kJsonLines };
// By the end of its name, in either case.
TableKind table_kind(const std::string& path);

struct TableDiff {
  std::uint64_t rows_added = 0, rows_removed = 0;  // a changed row is one of each
  std::vector<std::string> columns_added, columns_removed;
  bool columns_moved = false;  // of a header: the same ones in another order
};
// What both versions have at the same places from the start and to the end is not read. At most
// about 128 MiB, whatever the number of rows: tables that differ in more are read several times.
// kMissing: the rows are not here.
struct TableDiffLimits {
  std::size_t rows_at_once = std::size_t{8} << 20;       // of both sides together, 8 bytes each
  std::uint64_t bytes_at_once = std::uint64_t{4} << 20;  // of each side
};
Result<TableDiff> diff_tables(const Context& context, TableKind kind, ChunkedFile& before,
                              ChunkedFile& after, const TableDiffLimits& limits = {});

}  // namespace cairn::repo
