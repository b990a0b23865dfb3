#include "store/segment_builder.hpp"

#include <algorithm>
#include <unordered_map>

namespace cairn::store {
namespace {

bool same_chunks(const std::vector<format::TableChunk>& a,
                 const std::vector<format::TableChunk>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& x, const auto& y) {
    return x.id == y.id && x.offset == y.offset && x.length == y.length;
  });
}

bool same_record(const PackRecords& a, std::uint32_t record_a, const PackRecords& b,
                 std::uint32_t record_b) {
  const format::TableRecord x = a.table->view().record(record_a);
  const format::TableRecord y = b.table->view().record(record_b);
  return x.offset == y.offset && x.record_bytes == y.record_bytes &&
         x.plain_bytes == y.plain_bytes && x.crc == y.crc && x.chunk_count == y.chunk_count &&
         x.codec == y.codec && a.table->bases_of(x) == b.table->bases_of(y) &&
         same_chunks(a.table->chunks_of(record_a), b.table->chunks_of(record_b));
}

bool same_records(const PackRecords& a, const PackRecords& b) {
  if (a.record_count() != b.record_count() || a.size_bytes != b.size_bytes || a.kind != b.kind)
    return false;
  for (std::uint32_t i = 0; i < a.record_count(); ++i) {
    if (!same_record(a, a.first + i, b, b.first + i)) return false;
  }
  return true;
}

}  // namespace

Status SegmentBuilder::add(const PackRecords& pack) {
  if (pack.record_count() == 0) return {};
  const bool fits = table_.record_count() + pack.record_count() <= format::kMaxTableChunks &&
                    table_.chunk_count() + pack.chunk_count() <= format::kMaxTableChunks;
  if (!fits) CAIRN_CHECK(flush());
  table_.add_pack(pack.id, pack.size_bytes, pack.kind);
  for (std::uint32_t i = pack.first; i < pack.last; ++i) {
    const format::TableRecord record = pack.table->view().record(i);
    table_.add_record(record, pack.table->bases_of(record));
    for (const format::TableChunk& chunk : pack.table->chunks_of(i)) {
      table_.add_chunk(chunk.id, chunk.offset, chunk.length);
    }
  }
  return {};
}

Status SegmentBuilder::finish() { return flush(); }

Status SegmentBuilder::flush() {
  if (table_.record_count() == 0) return {};
  base::Bytes bytes = table_.encode();
  table_ = {};
  return sink_(std::move(bytes));
}

std::vector<PackRecords> distinct_packs(std::span<const SegmentPtr> segments) {
  std::vector<PackRecords> packs;
  std::unordered_map<PackId, std::size_t> at;
  for (const SegmentPtr& segment : segments) {
    for (PackRecords& pack : packs_of(segment)) {
      const auto [entry, added] = at.try_emplace(pack.id, packs.size());
      if (added) {
        packs.push_back(std::move(pack));
      } else if (packs[entry->second].record_count() < pack.record_count()) {
        packs[entry->second] = std::move(pack);
      }
    }
  }
  return packs;
}

Status check_union(std::span<const PackRecords> packs, std::span<const SegmentPtr> segments) {
  std::unordered_map<PackId, PackRecords> joined;
  for (const SegmentPtr& segment : segments) {
    if (!segment->intact()) return Error(Code::kInternal, "a joined index segment is damaged");
    for (PackRecords& pack : packs_of(segment)) joined.insert_or_assign(pack.id, std::move(pack));
  }
  for (const PackRecords& pack : packs) {
    if (pack.record_count() == 0) continue;
    const auto found = joined.find(pack.id);
    if (found == joined.end() || !same_records(pack, found->second)) {
      return Error(Code::kInternal, "joining index segments lost records of pack " + pack.id.hex());
    }
  }
  return {};
}

}  // namespace cairn::store
