#include "format/table.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "crypto/crc32c.hpp"
#include "format/record_rules.hpp"
#include "format/refusal.hpp"
#include "format/table_layout.hpp"

namespace cairn::format {
namespace {

constexpr std::size_t kTableHeaderCrcAt = 60;
// Below this many candidates a scan beats halving; an element of an honest fan-out covers about
// eight.
constexpr std::uint32_t kScanBelow = 24;

Result<TableHeader> decode_table_header(base::ByteView bytes) {
  if (bytes.size() < kTableHeaderBytes) return refuse("table", "shorter than its header");
  if (std::memcmp(bytes.data(), kTableMagic.data(), kTableMagic.size()) != 0) {
    return refuse("table", "it does not start like one");
  }
  if (crypto::crc32c(bytes.first(kTableHeaderCrcAt)) !=
      base::load_le<std::uint32_t>(&bytes[kTableHeaderCrcAt])) {
    return refuse("table", "the checksum of its header is wrong");
  }
  base::ByteReader in(bytes.subspan(kTableMagic.size(), kTableHeaderCrcAt - kTableMagic.size()));
  ContainerFields fields;
  TableHeader header;
  fields.version = in.u16();
  fields.digest = in.u8();
  fields.cipher = in.u8();
  header.packs = in.u32();
  fields.features = in.u64();
  fields.key_id_is_zero = zeros_follow(in, 16);
  header.records = in.u32();
  header.bases = in.u32();
  header.chunks = in.u32();
  header.fanout_bits = in.u8();
  CAIRN_CHECK(check_container("table", fields));
  if (!zeros_follow(in, 7)) return refuse("table", "reserved bytes that are not zero");
  return header;
}

Status check_table_counts(const TableHeader& header, std::size_t size_bytes) {
  if (header.records > kMaxTableChunks || header.chunks > kMaxTableChunks)
    return refuse("table", "too many entries");
  if (header.packs > header.records) return refuse("table", "more packs than records");
  if (header.bases > header.records * kMaxRecordBases)
    return refuse("table", "more bases than its records can use");
  if (header.fanout_bits > kMaxFanoutBits) return refuse("table", "more than 20 fan-out bits");
  if (table_layout(header).size_bytes != size_bytes)
    return refuse("table", "its length is not what its counts say");
  return {};
}

// Every look-up trusts these numbers as bounds, so they are checked on opening.
Status check_fanout(base::ByteView fanout, std::uint32_t chunks) {
  std::uint32_t last = 0;
  bool ascending = base::load_le<std::uint32_t>(fanout.data()) == 0;
  for (std::size_t at = 0; at < fanout.size(); at += 4) {
    const auto value = base::load_le<std::uint32_t>(&fanout[at]);
    ascending &= value >= last;
    last = value;
  }
  if (!ascending || last != chunks) return refuse("table", "its fan-out does not count its chunks");
  return {};
}

}  // namespace

std::uint32_t fanout_prefix(const std::uint8_t* id, unsigned bits) {
  const std::uint32_t word = std::uint32_t{id[0]} << 24 | std::uint32_t{id[1]} << 16 |
                             std::uint32_t{id[2]} << 8 | std::uint32_t{id[3]};
  return bits == 0 ? 0 : word >> (32 - bits);
}

TableLayout table_layout(const TableHeader& header) {
  TableLayout at;
  at.records = kTableHeaderBytes + kTablePackBytes * std::size_t{header.packs};
  at.bases = at.records + kTableRecordBytes * std::size_t{header.records};
  at.fanout = at.bases + 32 * std::size_t{header.bases};
  at.ids = at.fanout + 4 * ((std::size_t{1} << header.fanout_bits) + 1);
  at.places = at.ids + 32 * std::size_t{header.chunks};
  at.crc = at.places + kTablePlaceBytes * std::size_t{header.chunks};
  at.size_bytes = at.crc + 4;
  return at;
}

Result<TableView> TableView::open(base::ByteView bytes) {
  CAIRN_TRY(const TableHeader header, decode_table_header(bytes));
  CAIRN_CHECK(check_table_counts(header, bytes.size()));
  const TableLayout at = table_layout(header);
  CAIRN_CHECK(check_fanout(bytes.subspan(at.fanout, at.ids - at.fanout), header.chunks));
  TableView view;
  view.bytes_ = bytes;
  view.packs_ = header.packs;
  view.records_ = header.records;
  view.bases_ = header.bases;
  view.chunks_ = header.chunks;
  view.fanout_bits_ = header.fanout_bits;
  view.records_at_ = at.records;
  view.bases_at_ = at.bases;
  view.fanout_at_ = at.fanout;
  view.ids_at_ = at.ids;
  view.places_at_ = at.places;
  return view;
}

TablePack TableView::pack(std::uint32_t index) const {
  TablePack pack;
  if (index >= packs_) return pack;
  base::ByteReader in(
      bytes_.subspan(kTableHeaderBytes + kTablePackBytes * std::size_t{index}, kTablePackBytes));
  pack.id = in.id<PackId>();
  pack.size_bytes = in.u64();
  pack.first_record = in.u32();
  pack.kind = static_cast<PackKind>(in.u8());
  return pack;
}

TableRecord TableView::record(std::uint32_t index) const {
  TableRecord record;
  if (index >= records_) return record;
  base::ByteReader in(
      bytes_.subspan(records_at_ + kTableRecordBytes * std::size_t{index}, kTableRecordBytes));
  record.offset = in.u32();
  record.record_bytes = in.u32();
  record.plain_bytes = in.u32();
  record.crc = in.u32();
  record.chunk_count = in.u32();
  record.first_base = in.u32();
  record.codec = in.u8();
  record.base_count = in.u8();
  return record;
}

TableChunk TableView::chunk(std::uint32_t index) const {
  TableChunk chunk;
  if (index >= chunks_) return chunk;
  std::memcpy(chunk.id.bytes.data(), &bytes_[ids_at_ + 32 * std::size_t{index}], 32);
  const std::uint8_t* place = &bytes_[places_at_ + kTablePlaceBytes * std::size_t{index}];
  chunk.record = base::load_le<std::uint32_t>(place);
  chunk.offset = base::load_le<std::uint32_t>(place + 4);
  chunk.length = base::load_le<std::uint32_t>(place + 8);
  return chunk;
}

ChunkId TableView::base(std::uint32_t index) const {
  ChunkId id;
  if (index < bases_)
    std::memcpy(id.bytes.data(), &bytes_[bases_at_ + 32 * std::size_t{index}], 32);
  return id;
}

std::uint32_t TableView::pack_of_record(std::uint32_t record) const {
  if (record >= records_) return packs_;
  std::uint32_t first = 0;  // the answer is the last pack that starts at or before the record
  std::uint32_t last = packs_;
  while (first < last) {
    const std::uint32_t middle = first + (last - first) / 2;
    const std::size_t at = kTableHeaderBytes + kTablePackBytes * std::size_t{middle} + 40;
    if (base::load_le<std::uint32_t>(&bytes_[at]) <= record) {
      first = middle + 1;
    } else {
      last = middle;
    }
  }
  return first == 0 ? packs_ : first - 1;
}

TableView::Range TableView::find(const ChunkId& id) const {
  if (chunks_ == 0) return {};
  const std::uint8_t* ids = bytes_.data() + ids_at_;
  const std::uint8_t* wanted = id.bytes.data();
  const std::size_t element = fanout_at_ + 4 * std::size_t{fanout_prefix(wanted, fanout_bits_)};
  std::uint32_t first = base::load_le<std::uint32_t>(&bytes_[element]);
  std::uint32_t last = base::load_le<std::uint32_t>(&bytes_[element + 4]);
  const std::uint32_t end = last;
  const auto compare = [&](std::uint32_t i) {
    return std::memcmp(ids + 32 * std::size_t{i}, wanted, 32);
  };
  while (last - first > kScanBelow) {
    const std::uint32_t middle = first + (last - first) / 2;
    if (compare(middle) < 0) {
      first = middle + 1;
    } else {
      last = middle;
    }
  }
  while (first < end && compare(first) < 0) ++first;
  Range range{first, first};
  while (range.last < end && compare(range.last) == 0) ++range.last;
  return range;
}

}  // namespace cairn::format
