#include "repo/table_diff.hpp"

#include <algorithm>

#include "repo/table_columns.hpp"
#include "repo/table_rows.hpp"

namespace cairn::repo {
namespace {

constexpr std::size_t kStepBytes = std::size_t{4} << 10;  // looking for the end of a line
constexpr std::size_t kHeadBytes = std::size_t{1} << 20;  // of which columns are read

class TableComparison {
 public:
  TableComparison(const Context& context, TableKind kind, ChunkedFile& before, ChunkedFile& after,
                  const TableDiffLimits& limits)
      : context_(context), kind_(kind), before_(before), after_(after), limits_(limits) {}

  Result<TableDiff> run() {
    if (std::ranges::equal(before_.pieces(), after_.pieces(), {}, &ChunkedFile::Piece::id,
                           &ChunkedFile::Piece::id))
      return std::move(out_);
    CAIRN_CHECK(find_parts());
    CAIRN_CHECK(compare_columns());
    for (std::uint64_t passes = 1;; passes *= 4) {
      out_.rows_added = out_.rows_removed = 0;
      CAIRN_TRY(const bool done, compare_rows(passes));
      if (done) return std::move(out_);
    }
  }

 private:
  // Between the chunks that both have in front and at the end, to whole lines.
  Status find_parts() {
    const auto& a = before_.pieces();
    const auto& b = after_.pieces();
    const std::size_t most = std::min(a.size(), b.size());
    std::size_t front = 0;
    while (front < most && a[front].id == b[front].id) ++front;
    std::size_t back = 0;
    while (back < most - front && a[a.size() - 1 - back].id == b[b.size() - 1 - back].id) ++back;
    std::uint64_t first = front == 0 ? 0 : a[front - 1].end();
    CAIRN_CHECK(to_line_start(first));
    before_part_ = {first, back == 0 ? before_.size_bytes() : a[a.size() - back].offset};
    after_part_ = {first, back == 0 ? after_.size_bytes() : b[b.size() - back].offset};
    std::uint64_t end = after_part_.last;
    CAIRN_CHECK(to_line_end(end));
    before_part_.last += end - after_part_.last;
    after_part_.last = end;
    return {};
  }

  // What stands before is the same in both.
  Status to_line_start(std::uint64_t& at) {
    base::Bytes block;
    while (at > 0) {
      block.resize(static_cast<std::size_t>(std::min<std::uint64_t>(at, kStepBytes)));
      CAIRN_CHECK(after_.read(at - block.size(), block));
      const auto newline = std::find(block.rbegin(), block.rend(), std::uint8_t{'\n'});
      at -= static_cast<std::uint64_t>(newline - block.rbegin());
      if (newline != block.rend()) return {};
    }
    return {};
  }
  Status to_line_end(std::uint64_t& at) {
    base::Bytes block;
    while (at < after_.size_bytes()) {
      const std::uint64_t left = after_.size_bytes() - at;
      block.resize(static_cast<std::size_t>(std::min<std::uint64_t>(left, kStepBytes)));
      CAIRN_CHECK(after_.read(at, block));
      const auto newline = std::ranges::find(block, std::uint8_t{'\n'});
      at += static_cast<std::uint64_t>(newline - block.begin());
      if (newline != block.end()) return {};
    }
    return {};
  }

  Status compare_columns() {
    if (before_part_.first != 0 && kind_ == TableKind::kDelimited) return {};  // the same header
    CAIRN_TRY(const std::string older, head_of(before_));
    CAIRN_TRY(const std::string newer, head_of(after_));
    if (kind_ == TableKind::kJsonLines) {
      note_columns(json_keys(older), json_keys(newer));
      return {};
    }
    const auto header = [](const std::string& head) {
      std::string_view line = std::string_view(head).substr(0, head.find('\n'));
      if (line.ends_with('\r')) line.remove_suffix(1);
      return line;
    };
    if (header(older) == header(newer)) return {};
    note_columns(header_fields(header(older)), header_fields(header(newer)));
    // It is no row.
    before_part_.first = std::min(before_part_.last, std::uint64_t{older.find('\n')} + 1);
    after_part_.first = std::min(after_part_.last, std::uint64_t{newer.find('\n')} + 1);
    return {};
  }

  static Result<std::string> head_of(ChunkedFile& file) {
    base::Bytes head(
        static_cast<std::size_t>(std::min<std::uint64_t>(file.size_bytes(), kHeadBytes)));
    CAIRN_CHECK(file.read(0, head));
    if (std::ranges::find(head, std::uint8_t{'\n'}) == head.end()) head.push_back('\n');
    return std::string(base::text_of(head));
  }

  void note_columns(const std::vector<std::string>& older, const std::vector<std::string>& newer) {
    const auto lacks = [](const std::vector<std::string>& all, const std::string& column) {
      return std::ranges::find(all, column) == all.end();
    };
    for (const std::string& column : newer) {
      if (lacks(older, column)) out_.columns_added.push_back(column);
    }
    for (const std::string& column : older) {
      if (lacks(newer, column)) out_.columns_removed.push_back(column);
    }
  }

  // Rows are dealt out to passes by hash. False: too many in one.
  Result<bool> compare_rows(std::uint64_t passes) {
    std::vector<std::uint64_t> older;
    std::vector<std::uint64_t> newer;
    for (std::uint64_t pass = 0; pass < passes; ++pass) {
      older.clear();
      newer.clear();
      const auto room = [&] { return older.size() + newer.size() <= limits_.rows_at_once; };
      const auto wanted = [&](std::uint64_t hash) { return hash % passes == pass && room(); };
      const auto into = [&](std::vector<std::uint64_t>& rows) {
        return [&, wanted](std::uint64_t hash) {
          if (wanted(hash)) rows.push_back(hash);
        };
      };
      CAIRN_CHECK(read_rows(context_, before_, before_part_, into(older)));
      CAIRN_CHECK(read_rows(context_, after_, after_part_, into(newer)));
      if (!room()) return false;
      count_pass(older, newer);
    }
    return true;
  }

  void count_pass(std::vector<std::uint64_t>& older, std::vector<std::uint64_t>& newer) {
    std::ranges::sort(older);
    std::ranges::sort(newer);
    std::size_t i = 0;
    std::size_t j = 0;
    while (i < older.size() && j < newer.size()) {
      if (older[i] == newer[j]) {
        ++i;
        ++j;
      } else if (older[i] < newer[j]) {
        ++out_.rows_removed;
        ++i;
      } else {
        ++out_.rows_added;
        ++j;
      }
    }
    out_.rows_removed += older.size() - i;
    out_.rows_added += newer.size() - j;
  }

  const Context& context_;
  const TableKind kind_;
  ChunkedFile& before_;
  ChunkedFile& after_;
  const TableDiffLimits& limits_;
  TablePart before_part_, after_part_;
  TableDiff out_;
};

}  // namespace

TableKind table_kind(const std::string& path) {
  if (path.ends_with(".csv") || path.ends_with(".tsv")) return TableKind::kDelimited;
  if (path.ends_with(".jsonl") || path.ends_with(".ndjson")) return TableKind::kJsonLines;
  return TableKind::kNone;
}

Result<TableDiff> diff_tables(const Context& context, TableKind kind, ChunkedFile& before,
                              ChunkedFile& after, const TableDiffLimits& limits) {
  return TableComparison(context, kind, before, after, limits).run();
}

}  // namespace cairn::repo
