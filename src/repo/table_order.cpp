#include "repo/table_order.hpp"

#include <algorithm>
#include <map>
#include <unordered_set>

#include "repo/table_rows.hpp"

namespace cairn::repo {
namespace {

constexpr std::size_t kSampledRows = 4'096;
constexpr std::size_t kFewRows = 64;  // shared ones, below which nothing is said
// Shares of 1. A few moved blocks are no other order, and are found again by their chunks.
constexpr double kMaxSizeChange = 0.1;
constexpr double kMaxSharedBytes = 0.5;
constexpr double kMinSharedRows = 0.9;
constexpr double kMaxInOrder = 0.9;

// The rows of the smallest hashes, each with the place where it stands first: the same rows are
// sampled of two versions, wherever they stand (Broder, On the resemblance of documents, 1997).
class RowSample {
 public:
  static Result<RowSample> read(const Context& context, ChunkedFile& file) {
    RowSample sample;
    const auto visit = [&](std::uint64_t hash) { sample.add(hash); };
    CAIRN_CHECK(read_rows(context, file, {0, file.size_bytes()}, visit));
    return sample;
  }

  [[nodiscard]] const std::map<std::uint64_t, std::uint64_t>& rows() const { return rows_; }
  // Greater hashes are not known to be absent.
  [[nodiscard]] std::uint64_t limit() const {
    return rows_.size() < kSampledRows ? UINT64_MAX : rows_.rbegin()->first;
  }

 private:
  void add(std::uint64_t hash) {
    const std::uint64_t place = next_++;
    if (hash > limit()) return;
    rows_.try_emplace(hash, place);
    if (rows_.size() > kSampledRows) rows_.erase(std::prev(rows_.end()));
  }

  std::map<std::uint64_t, std::uint64_t> rows_;
  std::uint64_t next_ = 0;
};

bool may_be_reordered(const ChunkedFile& before, const ChunkedFile& after) {
  const auto older = static_cast<double>(before.size_bytes());
  const auto newer = static_cast<double>(after.size_bytes());
  if (newer < older * (1 - kMaxSizeChange) || newer > older * (1 + kMaxSizeChange)) return false;
  std::unordered_set<ChunkId> known;
  for (const auto& piece : before.pieces()) known.insert(piece.id);
  std::uint64_t shared = 0;
  for (const auto& piece : after.pieces()) shared += known.contains(piece.id) ? piece.length : 0;
  return static_cast<double>(shared) < newer * kMaxSharedBytes;
}

}  // namespace

Result<bool> is_reordered(const Context& context, ChunkedFile& before, ChunkedFile& after) {
  if (!may_be_reordered(before, after)) return false;
  CAIRN_TRY(const RowSample older, RowSample::read(context, before));
  CAIRN_TRY(const RowSample newer, RowSample::read(context, after));
  const std::uint64_t limit = std::min(older.limit(), newer.limit());
  std::size_t rows = 0;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> shared;  // places before and after
  for (const auto& [hash, place] : newer.rows()) {
    if (hash > limit) break;
    ++rows;
    const auto found = older.rows().find(hash);
    if (found != older.rows().end()) shared.emplace_back(found->second, place);
  }
  const auto count = static_cast<double>(shared.size());
  if (shared.size() < kFewRows || count < kMinSharedRows * static_cast<double>(rows)) return false;
  std::ranges::sort(shared);
  std::size_t ascending = 0;
  for (std::size_t i = 1; i < shared.size(); ++i)
    ascending += shared[i - 1].second < shared[i].second ? 1 : 0;
  return static_cast<double>(ascending) < kMaxInOrder * (count - 1);
}

}  // namespace cairn::repo
