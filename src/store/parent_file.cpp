#include "store/parent_file.hpp"

#include <algorithm>
#include <iterator>
#include <numeric>

namespace cairn::store {
namespace {

constexpr std::size_t kMostParentChunks = std::size_t{1} << 20;  // about 48 MB, 64 GiB of text

std::optional<std::vector<format::ChunkRef>> chunks_of_version(const FileVersion& version,
                                                               const format::PageFetch& fetch) {
  if (!version.chunks.empty()) return version.chunks;
  if (!version.recipe) {
    if (version.size_bytes == 0 || version.size_bytes > format::kMaxChunkBytes) return std::nullopt;
    return std::vector<format::ChunkRef>{
        {version.id.as<ChunkId>(), static_cast<std::uint32_t>(version.size_bytes)}};
  }
  std::vector<format::ChunkRef> chunks;
  const auto leaf = [&](const ChunkId&, const std::vector<format::ChunkRef>& some) -> Status {
    if (chunks.size() + some.size() > kMostParentChunks) return Error(Code::kInternal, "too many");
    chunks.insert(chunks.end(), some.begin(), some.end());
    return {};
  };
  if (!format::walk_recipe(*version.recipe, fetch, leaf).ok()) return std::nullopt;
  return chunks;
}

}  // namespace

std::optional<ParentFile> ParentFile::load(const FileVersion& version,
                                           const format::PageFetch& fetch) {
  auto chunks = chunks_of_version(version, fetch);
  if (!chunks || chunks->empty()) return std::nullopt;
  return ParentFile(*std::move(chunks));
}

ParentFile::ParentFile(std::vector<format::ChunkRef> chunks)
    : chunks_(std::move(chunks)), offsets_(chunks_.size()), by_id_(chunks_.size()) {
  for (std::size_t i = 0; i < chunks_.size(); ++i) {
    offsets_[i] = size_bytes_;
    size_bytes_ += chunks_[i].length;
  }
  std::iota(by_id_.begin(), by_id_.end(), 0U);
  std::ranges::stable_sort(by_id_, {}, [this](std::uint32_t i) { return chunks_[i].id; });
}

ParentFile::Range ParentFile::overlapping(std::int64_t from, std::int64_t to) const {
  const auto end = static_cast<std::int64_t>(size_bytes_);
  from = std::clamp<std::int64_t>(from, 0, end);
  to = std::clamp<std::int64_t>(to, 0, end);
  if (from >= to) return {};
  const auto first = std::ranges::upper_bound(offsets_, static_cast<std::uint64_t>(from)) - 1;
  const auto last = std::ranges::lower_bound(offsets_, static_cast<std::uint64_t>(to));
  return {static_cast<std::size_t>(first - offsets_.begin()),
          static_cast<std::size_t>(last - offsets_.begin())};
}

// Equal ids are in the order of their places.
std::optional<std::uint64_t> ParentFile::find(const ChunkId& id, std::int64_t near) const {
  const auto first = std::lower_bound(
      by_id_.begin(), by_id_.end(), id,
      [this](std::uint32_t i, const ChunkId& wanted) { return chunks_[i].id < wanted; });
  const auto last = std::upper_bound(
      first, by_id_.end(), id,
      [this](const ChunkId& wanted, std::uint32_t i) { return wanted < chunks_[i].id; });
  if (first == last) return std::nullopt;
  const auto place = [this](std::uint32_t i) { return static_cast<std::int64_t>(offsets_[i]); };
  const auto behind = std::lower_bound(
      first, last, near, [&](std::uint32_t i, std::int64_t wanted) { return place(i) < wanted; });
  if (behind == first) return offsets_[*first];
  const std::uint32_t before = *std::prev(behind);
  if (behind == last || near - place(before) <= place(*behind) - near) return offsets_[before];
  return offsets_[*behind];
}

}  // namespace cairn::store
