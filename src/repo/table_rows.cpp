#include "repo/table_rows.hpp"

#include <algorithm>
#include <cstring>

#include "crypto/sha256.hpp"

namespace cairn::repo {
namespace {

constexpr std::size_t kMaxRowHeld = std::size_t{1} << 20;  // longer ones are hashed in parts

class Lines {
 public:
  explicit Lines(const RowVisit& visit) : visit_(visit) {}

  void add(base::ByteView bytes) {
    while (!bytes.empty()) {
      const auto* end =
          static_cast<const std::uint8_t*>(std::memchr(bytes.data(), '\n', bytes.size()));
      const std::size_t count = end ? static_cast<std::size_t>(end - bytes.data()) : bytes.size();
      if (end && held_.empty()) {
        take(bytes.first(count));
      } else {
        hold(bytes.first(count));
        if (end) finish();
      }
      bytes = bytes.subspan(end ? count + 1 : count);
    }
  }
  void finish() {
    if (!held_.empty()) take(held_);
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
  void take(base::ByteView line) {
    if (!line.empty() && line.back() == '\r') line = line.first(line.size() - 1);
    if (line.empty()) return;
    visit_(base::load_le<std::uint64_t>(crypto::sha256(line).bytes.data()));
  }

  const RowVisit& visit_;
  base::Bytes held_;
};

}  // namespace

Status read_rows(const Context& context, ChunkedFile& file, const TablePart& part,
                 const RowVisit& visit) {
  Lines lines(visit);
  const auto add = [&](base::ByteView bytes) -> Status {
    lines.add(bytes);
    return {};
  };
  CAIRN_CHECK(file.stream(context, part.first, part.last - part.first, add));
  lines.finish();
  return {};
}

}  // namespace cairn::repo
