// Rows of a table of text lines, one by one and as hashes: equal lines give equal ones.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

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

// The same, a stretch at a time.
class RowReader {
 public:
  RowReader(ChunkedFile& file, const TablePart& part);
  ~RowReader();
  RowReader(const RowReader&) = delete;
  RowReader& operator=(const RowReader&) = delete;

  [[nodiscard]] bool done() const { return at_ == part_.last; }
  // Of the rows that end in the next `bytes`, and at the end of the part the last one.
  Status next(const Context& context, std::uint64_t bytes, const RowVisit& visit);

 private:
  class Lines;

  ChunkedFile& file_;
  const TablePart part_;
  std::uint64_t at_;
  std::unique_ptr<Lines> lines_;
};

}  // namespace cairn::repo
