#include "sync/portions.hpp"

#include <algorithm>
#include <numeric>
#include <tuple>

namespace cairn::sync {
namespace {

constexpr std::size_t kMaxRecordBytes = format::kMaxRecordPlainBytes + format::kRecordFixedBytes +
                                        4 * format::kMaxRecordChunks + 32 * format::kMaxRecordBases;
constexpr std::size_t kMaxPortionPlainBytes = std::size_t{4} << 20;

// At least, by the chunks that are known.
std::uint64_t plain_bytes_of(const WantedRecord& record) {
  std::uint64_t end = 0;
  for (const KnownChunk& chunk : record.chunks)
    end = std::max(end, std::uint64_t{chunk.offset} + chunk.length);
  return end;
}

// Not in the store at hand.
bool is_far(const Reading& reading, const ChunkId& base) {
  return reading.options.bases_here == nullptr || !reading.options.bases_here->has(base);
}

// Decoded bytes are kept until the visit.
bool keeps_plain(const Reading& reading, const WantedRecord& record) {
  return reading.options.give != Give::kRecords || !record.bases.empty();
}

void cut_extents(const Reading& reading) {
  for (const WantedRecord& record : reading.wanted) {
    if (!can_be_record(record.bytes)) continue;
    reading.extents.add(record.pack, record.offset, record.bytes);
    for (const PlacedChunk& base : record.bases) {
      if (can_be_record(base.place.record_bytes) && is_far(reading, base.id))
        reading.extents.add(base.place.pack, base.place.record_offset, base.place.record_bytes);
    }
  }
  reading.extents.cut();
}

// Who uses which extent.
void note_users(const Reading& reading, Portion& portion) {
  std::vector<std::size_t>& extents = portion.users_of;
  if (portion.extent) extents.push_back(*portion.extent);
  for (const std::size_t index : portion.records) {
    for (const PlacedChunk& base : reading.wanted[index].bases) {
      const format::Place& at = base.place;
      const auto extent = reading.extents.find(at.pack, at.record_offset, at.record_bytes);
      if (extent) extents.push_back(*extent);
    }
  }
  std::ranges::sort(extents);
  extents.erase(std::unique(extents.begin(), extents.end()), extents.end());
  for (const std::size_t extent : extents) reading.extents.expect_user(extent);
}

}  // namespace

bool can_be_record(std::uint32_t bytes) {
  return bytes >= format::kRecordFixedBytes && bytes <= kMaxRecordBytes;
}

std::vector<Portion> portions_of(const Reading& reading) {
  cut_extents(reading);
  const auto wanted = reading.wanted;
  std::vector<std::size_t> order(wanted.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {},
                    [&](std::size_t i) { return std::tie(wanted[i].pack, wanted[i].offset); });
  std::vector<Portion> portions;
  for (const std::size_t index : order) {
    const WantedRecord& record = wanted[index];
    const auto extent = can_be_record(record.bytes)
                            ? reading.extents.find(record.pack, record.offset, record.bytes)
                            : std::nullopt;
    const std::uint64_t plain_bytes = keeps_plain(reading, record) ? plain_bytes_of(record) : 0;
    const bool joins = extent && !portions.empty() && portions.back().extent == extent &&
                       portions.back().plain_bytes + plain_bytes <= kMaxPortionPlainBytes;
    if (!joins) portions.push_back({extent, {}});
    portions.back().records.push_back(index);
    portions.back().plain_bytes += plain_bytes;
  }
  for (Portion& portion : portions) note_users(reading, portion);
  const auto first_of = [](const Portion& portion) { return std::ranges::min(portion.records); };
  std::ranges::sort(portions, {}, first_of);
  return portions;
}

}  // namespace cairn::sync
