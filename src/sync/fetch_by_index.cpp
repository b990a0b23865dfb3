#include "sync/fetch_by_index.hpp"

#include <algorithm>
#include <utility>

#include "sync/index_lookup.hpp"

namespace cairn::sync {
namespace {

constexpr std::size_t kCopiesTried = 8;

struct Copies {
  std::vector<IndexCopy> places;
  bool done = false;
};

// The n-th copy of each chunk that is still wanted, as records.
std::vector<WantedRecord> records_of_copy(std::span<const ChunkId> chunks,
                                          const std::vector<Copies>& copies, std::size_t n,
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
      records.push_back({copy.pack, copy.record.offset, copy.record.record_bytes, {}});
    }
    records.back().chunks.push_back({id, copy.offset, copy.length, true});
  }
  return records;
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
  for (std::size_t n = 0; n < kCopiesTried; ++n) {
    for (const auto kind : {format::PackKind::kData, format::PackKind::kMeta}) {
      const std::vector<WantedRecord> records = records_of_copy(chunks, copies, n, kind);
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
