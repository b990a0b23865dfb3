#include "store/file_bases.hpp"

#include <algorithm>
#include <array>

#include "codec/patch.hpp"

namespace cairn::store {
namespace {

// How far around the expected place bases are looked for, one after the other: edits nearby, many
// edits since the last place that is known, and a part that moved.
constexpr std::array<std::int64_t, 3> kSlackBytes = {32 << 10, 512 << 10, 3 << 20};
// Fewer samples tell nothing: bytes that repeat, or too few of them.
constexpr std::size_t kFewSamples = 4;
constexpr std::size_t kMostShifts = 1024;
// Versions of a tensor that are based on one of them.
constexpr std::uint32_t kMostVersions = 16;
// What bases may cost a reader of one version, in parts of what it would read of plain copies.
constexpr double kMostExtraReading = 0.6;
// And so many bytes more for patches, which may come before what makes up for them.
constexpr std::int64_t kReadingAhead = 1 << 20;
constexpr std::size_t kReadBasesKnown = 64;  // one after the other shares them

bool covers_most(const BaseCover& cover) { return cover.covered * 2 >= cover.samples; }
bool covers_some(const BaseCover& cover) { return cover.covered * 16 >= cover.samples; }

}  // namespace

FileBases::FileBases(BaseChunks& chunks, ParentFile parent, std::uint64_t file_bytes)
    : chunks_(chunks), parent_(std::move(parent)) {
  const auto grown =
      static_cast<std::int64_t>(parent_.size_bytes()) - static_cast<std::int64_t>(file_bytes);
  shifts_ = {{0, 0}, {file_bytes, grown}};
}

void FileBases::pass(std::uint64_t offset, const format::ChunkRef& chunk) {
  const auto here = static_cast<std::int64_t>(offset);
  const auto place = parent_.find(chunk.id, here + shifts_near(offset).front());
  if (!place) return;
  const std::int64_t shift = static_cast<std::int64_t>(*place) - here;
  const std::lock_guard guard(mutex_);
  shifts_[offset] = shift;
  shifts_[offset + chunk.length] = shift;
  while (shifts_.size() > kMostShifts) shifts_.erase(shifts_.begin());
}

// Of the places before and behind, the closer one first.
std::vector<std::int64_t> FileBases::shifts_near(std::uint64_t offset) const {
  const std::lock_guard guard(mutex_);
  const auto behind = shifts_.lower_bound(offset);
  if (behind == shifts_.begin()) return {behind->second};
  const auto before = std::prev(behind);
  if (behind == shifts_.end() || behind->second == before->second) return {before->second};
  if (offset - before->first <= behind->first - offset) return {before->second, behind->second};
  return {behind->second, before->second};
}

std::vector<BaseChunkPtr> FileBases::choose(std::uint64_t offset, base::ByteView plain) {
  if (!chunks_.lucky()) return {};
  const auto wanted = sample_windows(plain);
  Found found;
  for (const std::int64_t slack : kSlackBytes) {
    found = search(offset, plain.size(), wanted, slack);
    if (wanted.size() < kFewSamples || covers_most(found.cover)) break;
  }
  if (wanted.size() < kFewSamples) {
    take_all(found);
  } else if (!covers_some(found.cover)) {
    chunks_.miss();
    return {};
  } else {
    learn(offset, wanted, found);
  }
  std::vector<BaseChunkPtr> bases;
  for (const std::size_t i : found.cover.chosen) bases.push_back(found.candidates[i]);
  return bases;
}

FileBases::Found FileBases::search(std::uint64_t offset, std::uint64_t length,
                                   std::span<const WindowSample> wanted, std::int64_t slack) {
  Found found;
  const auto start = static_cast<std::int64_t>(offset);
  const auto end = start + static_cast<std::int64_t>(length);
  for (const std::int64_t shift : shifts_near(offset)) {
    add_candidates(parent_.overlapping(start + shift - slack, end + shift + slack), found);
  }
  std::vector<BaseCandidate> candidates;
  for (const BaseChunkPtr& chunk : found.candidates) {
    candidates.push_back({chunk->samples, static_cast<std::uint32_t>(chunk->plain.size())});
  }
  found.cover = choose_bases(wanted, candidates);
  return found;
}

void FileBases::add_candidates(ParentFile::Range range, Found& found) {
  for (std::size_t i = range.first; i < range.last; ++i) {
    for (const ChunkId& id : chunks_.stand_ins(parent_.chunk(i).id)) {
      const auto same = [&](const BaseChunkPtr& known) { return known->id == id; };
      if (std::ranges::any_of(found.candidates, same)) continue;
      auto chunk = chunks_.get(id);
      if (!chunk) continue;
      found.candidates.push_back(std::move(chunk));
      found.offsets.push_back(parent_.offset(i));
    }
  }
}

std::optional<FileBases::Twin> FileBases::twin_of(const chunk::Unit& unit, std::uint64_t offset,
                                                  std::uint32_t length, BlockPool& blocks) {
  const chunk::Unit* const parent = parent_of(unit);
  if (parent == nullptr) return std::nullopt;
  const std::uint64_t place = parent->offset + offset - unit.offset;  // wraps as it should
  if (place > parent_.size_bytes() || length > parent_.size_bytes() - place) return std::nullopt;
  const auto from = static_cast<std::int64_t>(place);
  const auto range = parent_.overlapping(from, from + 1);
  if (parent_.offset(range.first) != place || parent_.chunk(range.first).length != length)
    return std::nullopt;
  const auto bases = chunks_.stand_ins(parent_.chunk(range.first).id);
  if (bases.size() != 1) return std::nullopt;
  const auto group = chunks_.groups().find(bases.front());
  if (group && group->versions >= kMostVersions) return std::nullopt;
  const auto stored = chunks_.stored(bases.front());
  if (!stored || stored->plain_bytes != length) return std::nullopt;
  BlockPtr plain = blocks.get(length);
  if (!chunks_.read_into(bases.front(), {plain.get(), length})) return std::nullopt;
  return Twin{bases.front(), std::move(plain), stored->stored_bytes};
}

const chunk::Unit* FileBases::parent_of(const chunk::Unit& unit) {
  std::call_once(structure_read_, [this] { read_structure(); });
  const auto found = units_.find(unit.name);
  if (found == units_.end()) return nullptr;
  const chunk::Unit& other = *found->second;
  return other.dtype == unit.dtype && other.shape == unit.shape && other.bytes == unit.bytes
             ? &other
             : nullptr;
}

void FileBases::read_structure() {
  const chunk::ReadAt read = [this](std::uint64_t offset, std::span<std::uint8_t> out) {
    while (!out.empty()) {
      const auto from = static_cast<std::int64_t>(offset);
      const auto range = parent_.overlapping(from, from + 1);
      if (range.first == range.last) return false;
      const auto bytes = chunks_.read_any(parent_.chunk(range.first).id);
      if (!bytes.ok()) return false;
      const auto skip = static_cast<std::size_t>(offset - parent_.offset(range.first));
      if (skip >= bytes->size()) return false;
      const std::size_t count = std::min(out.size(), bytes->size() - skip);
      std::copy_n(bytes->begin() + static_cast<std::ptrdiff_t>(skip), count, out.begin());
      out = out.subspan(count);
      offset += count;
    }
    return true;
  };
  structure_ = chunk::read_structure(read, parent_.size_bytes());
  if (!structure_) return;
  for (const chunk::Unit& unit : structure_->units) units_.try_emplace(unit.name, &unit);
}

// A fresh copy would take about what the base takes.
bool FileBases::accept(const Twin& twin, std::uint32_t stored_bytes) {
  const auto known = chunks_.groups().find(twin.id);
  DeltaGroups::Group group = known.value_or(DeltaGroups::Group{1, twin.stored_bytes, 0});
  const bool below_mean = std::uint64_t{stored_bytes} * group.versions <= group.stored_bytes;
  const auto allowed = static_cast<std::int64_t>(twin.stored_bytes * kMostExtraReading);
  {
    const std::lock_guard guard(mutex_);
    spare_bytes_ += allowed;
    if (!below_mean || spare_bytes_ < std::int64_t{stored_bytes}) return false;
    spare_bytes_ -= stored_bytes;
  }
  ++group.versions;
  group.stored_bytes += stored_bytes;
  chunks_.groups().set(twin.id, group);
  return true;
}

// In full the record would take about what its bases take. Those that the records before it need
// too are read already.
bool FileBases::accept(const format::RecordHeader& patch) {
  std::uint64_t plain_bytes = 0;
  std::uint64_t stored_bytes = 0;
  std::uint64_t more_bytes = patch.record_bytes();
  for (const ChunkId& id : patch.bases) {
    const auto stored = chunks_.stored(id);
    if (!stored) return false;
    plain_bytes += stored->plain_bytes;
    stored_bytes += stored->stored_bytes;
    if (std::ranges::find(read_bases_, id) == read_bases_.end()) more_bytes += stored->stored_bytes;
  }
  const double in_full = static_cast<double>(stored_bytes) * patch.plain_bytes /
                         static_cast<double>(std::max<std::uint64_t>(plain_bytes, 1));
  const auto spare = static_cast<std::int64_t>(in_full * (1 + kMostExtraReading)) -
                     static_cast<std::int64_t>(more_bytes);
  const std::lock_guard guard(mutex_);
  if (spare_bytes_ + spare < -kReadingAhead && spare < 0) return false;
  spare_bytes_ += spare;
  read_bases_.insert(read_bases_.end(), patch.bases.begin(), patch.bases.end());
  if (read_bases_.size() > kReadBasesKnown)
    read_bases_.erase(read_bases_.begin(), read_bases_.end() - kReadBasesKnown);
  return true;
}

void FileBases::count_plain(std::uint32_t stored_bytes) {
  const std::lock_guard guard(mutex_);
  spare_bytes_ += static_cast<std::int64_t>(stored_bytes * kMostExtraReading);
}

void FileBases::take_all(Found& found) {
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < found.candidates.size() && i < codec::kMaxPatchBases; ++i) {
    bytes += found.candidates[i]->plain.size();
    if (bytes > codec::kMaxPrefixBytes) break;
    found.cover.chosen.push_back(i);
  }
}

void FileBases::learn(std::uint64_t offset, std::span<const WindowSample> wanted,
                      const Found& found) {
  const std::size_t best = found.cover.best;
  const std::int64_t between = shift_between(wanted, found.candidates[best]->samples);
  const std::int64_t shift = static_cast<std::int64_t>(found.offsets[best]) -
                             (static_cast<std::int64_t>(offset) + between);
  const std::lock_guard guard(mutex_);
  shifts_.try_emplace(offset, shift);
}

}  // namespace cairn::store
