#include "sync/fetch_by_index.hpp"

#include <algorithm>
#include <utility>

#include "sync/plain_copies.hpp"

namespace cairn::sync {
namespace {

constexpr std::size_t kCopiesTried = 8;

struct Copies {
  std::vector<IndexCopy> places;
  bool done = false;
};

// The n-th copy of each chunk that is still wanted, as records.
std::vector<WantedRecord> records_of_copy(std::span<const ChunkId> chunks,
                                          const std::vector<Copies>& copies,
                                          const PlainCopies& bases, std::size_t n,
                                          format::PackKind kind) {
  std::vector<std::pair<IndexCopy, ChunkId>> wanted;
  for (std::size_t i = 0; i < chunks.size(); ++i) {
    if (copies[i].done || n >= copies[i].places.size()) continue;
    if (copies[i].places[n].kind == kind) wanted.emplace_back(copies[i].places[n], chunks[i]);
  }
  std::sort(wanted.begin(), wanted.end(), [](const auto& a, const auto& b) {
    return std::tie(a.first.pack, a.first.record.offset, a.first.offset) <
           std::tie(b.first.pack, b.first.record.offset, b.first.offset);
  });
  std::vector<WantedRecord> records;
  for (const auto& [copy, id] : wanted) {
    if (records.empty() || records.back().pack != copy.pack ||
        records.back().offset != copy.record.offset) {
      records.push_back({copy.pack,
                         copy.record.offset,
                         copy.record.record_bytes,
                         {},
                         bases.places_of(copy.bases)});
    }
    records.back().chunks.push_back({id, copy.offset, copy.length, true});
  }
  return records;
}

// What stands for itself is tried first: it is read alone.
void prefer_plain(std::vector<Copies>& copies) {
  const auto is_plain = [](const IndexCopy& copy) { return copy.bases.empty(); };
  for (Copies& chunk : copies)
    std::stable_partition(chunk.places.begin(), chunk.places.end(), is_plain);
}

std::unordered_set<ChunkId> bases_of(const std::vector<Copies>& copies) {
  std::unordered_set<ChunkId> bases;
  for (const Copies& chunk : copies) {
    if (chunk.done) continue;
    for (const IndexCopy& copy : chunk.places) bases.insert(copy.bases.begin(), copy.bases.end());
  }
  return bases;
}

}  // namespace

Status fetch_by_index(const RemoteView& view, Arrivals& arrivals, std::span<const ChunkId> chunks) {
  std::vector<Copies> copies(chunks.size());
  std::unordered_map<ChunkId, std::size_t> position;
  for (std::size_t i = 0; i < chunks.size(); ++i) {
    position[chunks[i]] = i;
    copies[i].done = !arrivals.claim(chunks[i]);
  }
  const auto note = [&](std::size_t index, const IndexCopy& copy) -> Status {
    if (copies[index].places.size() < kCopiesTried) copies[index].places.push_back(copy);
    return {};
  };
  CAIRN_CHECK(find_in_index(view, chunks, note));
  prefer_plain(copies);
  CAIRN_TRY(const PlainCopies bases, PlainCopies::find(view, bases_of(copies)));
  for (std::size_t n = 0; n < kCopiesTried; ++n) {
    for (const auto kind : {format::PackKind::kData, format::PackKind::kMeta}) {
      const std::vector<WantedRecord> records = records_of_copy(chunks, copies, bases, n, kind);
      const auto visit = [&](VerifiedRecord& record) -> Status {
        const WantedRecord& from = records[record.index];
        for (std::size_t i = 0; i < from.chunks.size(); ++i) {
          if (record.good[i]) copies[position[from.chunks[i].id]].done = true;
        }
        return {};
      };
      CAIRN_CHECK(arrivals.read(records, kind, Give::kRecords, visit));
    }
  }
  return {};
}

}  // namespace cairn::sync
