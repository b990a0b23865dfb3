#include "repo/table_rows.hpp"

#include <algorithm>
#include <cstring>

#include "crypto/sha256.hpp"

namespace cairn::repo {
namespace {

constexpr std::size_t kMaxRowHeld = std::size_t{1} << 20;  // longer ones are hashed in parts

}  // namespace

class RowReader::Lines {
 public:
  void add(base::ByteView bytes, const RowVisit& visit) {
    while (!bytes.empty()) {
      const auto* end =
          static_cast<const std::uint8_t*>(std::memchr(bytes.data(), '\n', bytes.size()));
      const std::size_t count = end ? static_cast<std::size_t>(end - bytes.data()) : bytes.size();
      if (end && held_.empty()) {
        take(bytes.first(count), visit);
      } else {
        hold(bytes.first(count));
        if (end) finish(visit);
      }
      bytes = bytes.subspan(end ? count + 1 : count);
    }
  }
  void finish(const RowVisit& visit) {
    if (!held_.empty()) take(held_, visit);
    held_.clear();
  }

 private:
  // Parts are cut by the line's own bytes, so that equal lines give equal hashes.
  void hold(base::ByteView bytes) {
    while (held_.size() + bytes.size() > kMaxRowHeld) {
      const std::size_t room = kMaxRowHeld - held_.size();
      held_.insert(held_.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(room));
      const Digest digest = crypto::sha256(held_);
      held_.assign(digest.bytes.begin(), digest.bytes.end());
      bytes = bytes.subspan(room);
    }
    held_.insert(held_.end(), bytes.begin(), bytes.end());
  }
  static void take(base::ByteView line, const RowVisit& visit) {
    if (!line.empty() && line.back() == '\r') line = line.first(line.size() - 1);
    if (line.empty()) return;
    visit(base::load_le<std::uint64_t>(crypto::sha256(line).bytes.data()));
  }

  base::Bytes held_;
};

RowReader::RowReader(ChunkedFile& file, const TablePart& part)
    : file_(file), part_(part), at_(part.first), lines_(std::make_unique<Lines>()) {}
RowReader::~RowReader() = default;

Status RowReader::next(const Context& context, std::uint64_t bytes, const RowVisit& visit) {
  const std::uint64_t count = std::min(bytes, part_.last - at_);
  const auto add = [&](base::ByteView block) -> Status {
    lines_->add(block, visit);
    return {};
  };
  CAIRN_CHECK(file_.stream(context, at_, count, add));
  at_ += count;
  if (done()) lines_->finish(visit);
  return {};
}

Status read_rows(const Context& context, ChunkedFile& file, const TablePart& part,
                 const RowVisit& visit) {
  return RowReader(file, part).next(context, part.last - part.first, visit);
}

}  // namespace cairn::repo
