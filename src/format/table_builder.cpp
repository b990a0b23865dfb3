// TableBuilder::encode(): buckets of the fan-out first, then each small bucket sorted, in place of
// one big sort.
#include <algorithm>

#include "base/assert.hpp"
#include "crypto/crc32c.hpp"
#include "format/table.hpp"
#include "format/table_layout.hpp"

namespace cairn::format {
namespace {

// About eight chunks for each element: the smallest F with chunks <= 8 * 2^F.
std::uint8_t fanout_bits_for(std::size_t chunks) {
  unsigned bits = 0;
  while (bits < kMaxFanoutBits && chunks > (std::size_t{8} << bits)) ++bits;
  return static_cast<std::uint8_t>(bits);
}

bool chunk_before(const TableChunk& a, const TableChunk& b) {
  const int ids = std::memcmp(a.id.bytes.data(), b.id.bytes.data(), 32);
  if (ids != 0) return ids < 0;
  return a.record != b.record ? a.record < b.record : a.offset < b.offset;
}

// Element i: chunks whose prefix is below i.
std::vector<std::uint32_t> count_fanout(const std::vector<TableChunk>& chunks, unsigned bits) {
  std::vector<std::uint32_t> fanout((std::size_t{1} << bits) + 1);
  for (const TableChunk& chunk : chunks) ++fanout[fanout_prefix(chunk.id.bytes.data(), bits) + 1];
  for (std::size_t i = 1; i < fanout.size(); ++i) fanout[i] += fanout[i - 1];
  return fanout;
}

std::vector<TableChunk> sorted_chunks(const std::vector<TableChunk>& chunks,
                                      const std::vector<std::uint32_t>& fanout, unsigned bits) {
  std::vector<TableChunk> sorted(chunks.size());
  std::vector<std::uint32_t> next(fanout.begin(), fanout.end() - 1);
  for (const TableChunk& chunk : chunks)
    sorted[next[fanout_prefix(chunk.id.bytes.data(), bits)]++] = chunk;
  for (std::size_t i = 0; i + 1 < fanout.size(); ++i) {
    std::sort(sorted.begin() + fanout[i], sorted.begin() + fanout[i + 1], chunk_before);
  }
  return sorted;
}

// The buffer has its final size from the start; this fills it front to back.
class TableWriter {
 public:
  explicit TableWriter(std::size_t size_bytes) : bytes_(size_bytes) {}

  template <typename T>
  void put(T value) {
    std::memcpy(&bytes_[at_], &value, sizeof value);
    at_ += sizeof value;
  }
  void raw(base::ByteView bytes) {
    if (!bytes.empty()) std::memcpy(&bytes_[at_], bytes.data(), bytes.size());
    at_ += bytes.size();
  }
  void skip(std::size_t count) { at_ += count; }  // zeros
  [[nodiscard]] std::uint32_t crc_from(std::size_t start) const {
    return crypto::crc32c(base::ByteView(bytes_).subspan(start, at_ - start));
  }
  base::Bytes take() && { return std::move(bytes_); }

 private:
  base::Bytes bytes_;
  std::size_t at_ = 0;
};

void put_table_header(const TableHeader& header, TableWriter& out) {
  out.raw(kTableMagic);
  out.put(kVersion1);
  out.put(kDigestSha256);
  out.put(kCipherNone);
  out.put(header.packs);
  out.skip(8 + 16);
  out.put(header.records);
  out.put(header.bases);
  out.put(header.chunks);
  out.put(header.fanout_bits);
  out.skip(7);
  out.put(out.crc_from(0));
}

void put_table_pack(const TablePack& pack, TableWriter& out) {
  out.raw(pack.id.bytes);
  out.put(pack.size_bytes);
  out.put(pack.first_record);
  out.put(static_cast<std::uint8_t>(pack.kind));
  out.skip(3);
}

void put_table_record(const TableRecord& record, TableWriter& out) {
  out.put(record.offset);
  out.put(record.record_bytes);
  out.put(record.plain_bytes);
  out.put(record.crc);
  out.put(record.chunk_count);
  out.put(record.first_base);
  out.put(record.codec);
  out.put(record.base_count);
  out.skip(6);
}

}  // namespace

void TableBuilder::add_pack(const PackId& id, std::uint64_t size_bytes, PackKind kind) {
  packs_.push_back({id, size_bytes, static_cast<std::uint32_t>(records_.size()), kind});
}

void TableBuilder::add_record(TableRecord record, std::span<const ChunkId> bases) {
  record.first_base = static_cast<std::uint32_t>(bases_.size());
  record.base_count = static_cast<std::uint8_t>(bases.size());
  bases_.insert(bases_.end(), bases.begin(), bases.end());
  records_.push_back(record);
}

void TableBuilder::add_chunk(const ChunkId& id, std::uint32_t offset, std::uint32_t length) {
  CAIRN_ASSERT(!records_.empty());
  chunks_.push_back({id, static_cast<std::uint32_t>(records_.size() - 1), offset, length});
}

base::Bytes TableBuilder::encode() {
  CAIRN_ASSERT(chunks_.size() <= kMaxTableChunks && records_.size() <= kMaxTableChunks);
  TableHeader header;
  header.packs = static_cast<std::uint32_t>(packs_.size());
  header.records = static_cast<std::uint32_t>(records_.size());
  header.bases = static_cast<std::uint32_t>(bases_.size());
  header.chunks = static_cast<std::uint32_t>(chunks_.size());
  header.fanout_bits = fanout_bits_for(chunks_.size());
  const auto fanout = count_fanout(chunks_, header.fanout_bits);
  const auto chunks = sorted_chunks(chunks_, fanout, header.fanout_bits);

  TableWriter out(table_layout(header).size_bytes);
  put_table_header(header, out);
  for (const TablePack& pack : packs_) put_table_pack(pack, out);
  for (const TableRecord& record : records_) put_table_record(record, out);
  for (const ChunkId& base : bases_) out.raw(base.bytes);
  for (const std::uint32_t element : fanout) out.put(element);
  for (const TableChunk& chunk : chunks) out.raw(chunk.id.bytes);
  for (const TableChunk& chunk : chunks) {
    out.put(chunk.record);
    out.put(chunk.offset);
    out.put(chunk.length);
  }
  out.put(out.crc_from(kTableHeaderBytes));
  return std::move(out).take();
}

}  // namespace cairn::format
