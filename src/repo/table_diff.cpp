#include "repo/table_diff.hpp"

#include <algorithm>
#include <unordered_map>

#include "base/text.hpp"
#include "repo/table_columns.hpp"
#include "repo/table_rows.hpp"

namespace cairn::repo {
namespace {

constexpr std::size_t kStepBytes = std::size_t{4} << 10;  // looking for the end of a line
constexpr std::uint64_t kMaxHeaderBytes = (std::uint64_t{16} << 20) + kStepBytes;

using Names = std::vector<std::string>;

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
    CAIRN_CHECK(to_line_end(after_, end, after_.size_bytes()));
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
  static Status to_line_end(ChunkedFile& file, std::uint64_t& at, std::uint64_t last) {
    base::Bytes block;
    while (at < last) {
      block.resize(static_cast<std::size_t>(std::min<std::uint64_t>(last - at, kStepBytes)));
      CAIRN_CHECK(file.read(at, block));
      const auto newline = std::ranges::find(block, std::uint8_t{'\n'});
      at += static_cast<std::uint64_t>(newline - block.begin());
      if (newline != block.end()) return {};
    }
    return {};
  }

  Status compare_columns() {
    if (kind_ == TableKind::kJsonLines) return compare_keys();
    if (before_part_.first != 0) return {};  // the same header
    CAIRN_TRY(const auto older, header_of(before_));
    CAIRN_TRY(const auto newer, header_of(after_));
    if (!older || !newer || older->line == newer->line) return {};
    const auto older_fields = header_fields(older->line);
    const auto newer_fields = header_fields(newer->line);
    if (!is_header(older_fields) || !is_header(newer_fields)) return {};
    note_columns(older->line.empty() ? Names() : older_fields,
                 newer->line.empty() ? Names() : newer_fields);
    out_.columns_moved =
        older_fields != newer_fields && out_.columns_added.empty() && out_.columns_removed.empty();
    // It is no row.
    before_part_.first = std::min(before_part_.last, older->end);
    after_part_.first = std::min(after_part_.last, newer->end);
    return {};
  }

  struct Header {
    std::string line;
    std::uint64_t end = 0;
  };
  // Nothing: the first line is too long for one.
  static Result<std::optional<Header>> header_of(ChunkedFile& file) {
    const std::uint64_t last = std::min(file.size_bytes(), kMaxHeaderBytes);
    std::uint64_t end = 0;
    CAIRN_CHECK(to_line_end(file, end, last));
    if (end == last && last < file.size_bytes()) return std::optional<Header>();
    base::Bytes bytes(static_cast<std::size_t>(end));
    CAIRN_CHECK(file.read(0, bytes));
    Header header{std::string(base::text_of(bytes)), std::min(end + 1, file.size_bytes())};
    if (header.line.ends_with('\r')) header.line.pop_back();
    return std::optional(std::move(header));
  }

  // Where keys differ in what is compared, those of the rest count too.
  Status compare_keys() {
    JsonKeys older;
    JsonKeys newer;
    CAIRN_CHECK(read_keys(before_, before_part_, older));
    CAIRN_CHECK(read_keys(after_, after_part_, newer));
    note_columns(older.names(), newer.names());
    if (out_.columns_added.empty() && out_.columns_removed.empty()) return {};
    JsonKeys shared;
    CAIRN_CHECK(read_keys(after_, {0, after_part_.first}, shared));
    CAIRN_CHECK(read_keys(after_, {after_part_.last, after_.size_bytes()}, shared));
    const auto is_shared = [&](const std::string& key) {
      return std::ranges::find(shared.names(), key) != shared.names().end();
    };
    std::erase_if(out_.columns_added, is_shared);
    std::erase_if(out_.columns_removed, is_shared);
    return {};
  }

  Status read_keys(ChunkedFile& file, const TablePart& part, JsonKeys& keys) {
    const auto add = [&](base::ByteView bytes) -> Status {
      keys.add(bytes);
      return {};
    };
    return file.stream(context_, part.first, part.last - part.first, add);
  }

  // A name may stand there more than once.
  void note_columns(const Names& older, const Names& newer) {
    const auto beyond = [](const Names& all, const Names& others) {
      std::unordered_map<std::string_view, std::size_t> known;
      for (const std::string& name : others) ++known[name];
      Names out;
      for (const std::string& name : all) {
        const auto found = known.find(name);
        if (found == known.end() || found->second == 0)
          out.push_back(name);
        else
          --found->second;
      }
      return out;
    };
    out_.columns_added = beyond(newer, older);
    out_.columns_removed = beyond(older, newer);
  }

  // Rows are dealt out to passes by hash. False: too many in one. Both sides are read in step and
  // rows that both have are dropped on the way, so that a few edits in a large table take one pass.
  Result<bool> compare_rows(std::uint64_t passes) {
    for (std::uint64_t pass = 0; pass < passes; ++pass) {
      std::vector<std::uint64_t> older;
      std::vector<std::uint64_t> newer;
      const auto into = [&](std::vector<std::uint64_t>& rows) {
        return [&rows, pass, passes](std::uint64_t hash) {
          if (hash % passes == pass) rows.push_back(hash);
        };
      };
      const RowVisit to_older = into(older);
      const RowVisit to_newer = into(newer);
      RowReader before(before_, before_part_);
      RowReader after(after_, after_part_);
      while (!before.done() || !after.done()) {
        CAIRN_CHECK(before.next(context_, limits_.bytes_at_once, to_older));
        CAIRN_CHECK(after.next(context_, limits_.bytes_at_once, to_newer));
        if (older.size() + newer.size() <= limits_.rows_at_once) continue;
        drop_common(older, newer);
        if (older.size() + newer.size() > limits_.rows_at_once / 2) return false;
      }
      drop_common(older, newer);
      out_.rows_removed += older.size();
      out_.rows_added += newer.size();
    }
    return true;
  }

  static void drop_common(std::vector<std::uint64_t>& older, std::vector<std::uint64_t>& newer) {
    std::ranges::sort(older);
    std::ranges::sort(newer);
    std::size_t older_left = 0;
    std::size_t newer_left = 0;
    std::size_t i = 0;
    std::size_t j = 0;
    while (i < older.size() && j < newer.size()) {
      if (older[i] == newer[j]) {
        ++i;
        ++j;
      } else if (older[i] < newer[j]) {
        older[older_left++] = older[i++];
      } else {
        newer[newer_left++] = newer[j++];
      }
    }
    while (i < older.size()) older[older_left++] = older[i++];
    while (j < newer.size()) newer[newer_left++] = newer[j++];
    older.resize(older_left);
    newer.resize(newer_left);
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
  const std::string name = base::lower_ascii(path);
  if (name.ends_with(".csv") || name.ends_with(".tsv")) return TableKind::kDelimited;
  if (name.ends_with(".jsonl") || name.ends_with(".ndjson")) return TableKind::kJsonLines;
  return TableKind::kNone;
}

Result<TableDiff> diff_tables(const Context& context, TableKind kind, ChunkedFile& before,
                              ChunkedFile& after, const TableDiffLimits& limits) {
  return TableComparison(context, kind, before, after, limits).run();
}

}  // namespace cairn::repo
