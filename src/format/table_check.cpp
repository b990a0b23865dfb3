// TableView::check(): every rule of a table, in one pass over each section.
#include <algorithm>

#include "crypto/crc32c.hpp"
#include "format/record_rules.hpp"
#include "format/refusal.hpp"
#include "format/table.hpp"
#include "format/table_layout.hpp"

namespace cairn::format {
namespace {

// What the chunk entries add up to for one record.
struct RecordSum {
  std::uint32_t chunks = 0;
  std::uint64_t bytes = 0;
};

bool is_zero(base::ByteView bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t byte) { return byte == 0; });
}

Status check_packs(const TableView& table, base::ByteView section) {
  for (std::uint32_t i = 0; i < table.pack_count(); ++i) {
    const TablePack pack = table.pack(i);
    if (!known_pack_kind(static_cast<std::uint8_t>(pack.kind)))
      return refuse_newer("table", "a pack kind");
    if (!is_zero(section.subspan(kTablePackBytes * std::size_t{i} + 45, 3))) {
      return refuse("table", "reserved bytes that are not zero");
    }
    if (pack.size_bytes > kMaxPackBytes) return refuse("table", "a pack of 4 GiB or more");
    const bool ascending =
        i == 0 ? pack.first_record == 0 : pack.first_record > table.pack(i - 1).first_record;
    if (!ascending || pack.first_record >= table.record_count()) {
      return refuse("table", "packs that do not share out its records in order");
    }
  }
  return {};
}

const char* table_record_fault(const TableRecord& record) {
  if (const char* fault = record_place_fault(record.offset, record.record_bytes)) return fault;
  RecordShape shape{record.codec, record.base_count, record.chunk_count, 0, record.plain_bytes};
  if (record.chunk_count > kMaxRecordChunks || record.record_bytes <= shape.header_bytes()) {
    return "a record shorter than its header";
  }
  shape.payload_bytes = record.record_bytes - static_cast<std::uint32_t>(shape.header_bytes());
  return record_fault(shape);
}

// The records of each pack stand in its order without overlap; in a footer they also leave no gap.
class RecordOrder {
 public:
  explicit RecordOrder(const TableView& table) : table_(table) { enter_pack(); }

  Status next(std::uint32_t index, const TableRecord& record) {
    if (pack_ + 1 < table_.pack_count() && table_.pack(pack_ + 1).first_record == index) {
      ++pack_;
      enter_pack();
    }
    const bool footer = table_.pack_count() == 0;
    if (record.offset < end_ || (footer && record.offset != end_)) {
      return refuse("table", "records that are not in the order of their pack");
    }
    end_ = std::uint64_t{record.offset} + record.record_bytes;
    if (end_ > limit_) return refuse("table", "a record beyond the end of its pack");
    return {};
  }

 private:
  void enter_pack() {
    end_ = kPackHeaderBytes;
    limit_ = kMaxPackBytes;
    if (table_.pack_count() == 0) return;
    const std::uint64_t size_bytes = table_.pack(pack_).size_bytes;
    limit_ = size_bytes < kPackTrailerBytes ? 0 : size_bytes - kPackTrailerBytes;
  }

  const TableView& table_;
  std::uint32_t pack_ = 0;
  std::uint64_t end_ = 0;
  std::uint64_t limit_ = 0;
};

Status check_records(const TableView& table, base::ByteView section, std::uint32_t bases) {
  RecordOrder order(table);
  std::uint64_t first_base = 0;
  for (std::uint32_t i = 0; i < table.record_count(); ++i) {
    const TableRecord record = table.record(i);
    if (const char* fault = table_record_fault(record)) return refuse("table", fault);
    if (!is_zero(section.subspan(kTableRecordBytes * std::size_t{i} + 26, 6))) {
      return refuse("table", "reserved bytes that are not zero");
    }
    if (record.first_base != first_base)
      return refuse("table", "bases that do not follow each other");
    first_base += record.base_count;
    CAIRN_CHECK(order.next(i, record));
  }
  if (first_base != bases) return refuse("table", "base counts that do not add up");
  return {};
}

bool in_order(const TableChunk& before, const TableChunk& after) {
  const int ids = std::memcmp(before.id.bytes.data(), after.id.bytes.data(), 32);
  if (ids != 0) return ids < 0;
  if (before.record != after.record) return before.record < after.record;
  return before.offset < after.offset;
}

Status check_sums(const TableView& table, const std::vector<RecordSum>& sums) {
  for (std::uint32_t i = 0; i < table.record_count(); ++i) {
    const TableRecord record = table.record(i);
    if (sums[i].chunks != record.chunk_count || sums[i].bytes != record.plain_bytes) {
      return refuse("table", "chunks that do not fill their record");
    }
  }
  return {};
}

Status check_chunks(const TableView& table, base::ByteView fanout, unsigned bits) {
  std::vector<RecordSum> sums(table.record_count());
  TableChunk before;
  for (std::uint32_t i = 0; i < table.chunk_count(); ++i) {
    const TableChunk chunk = table.chunk(i);
    if (i != 0 && !in_order(before, chunk)) return refuse("table", "chunks out of order");
    const std::uint8_t* element =
        &fanout[4 * std::size_t{fanout_prefix(chunk.id.bytes.data(), bits)}];
    if (i < base::load_le<std::uint32_t>(element) ||
        i >= base::load_le<std::uint32_t>(element + 4)) {
      return refuse("table", "its fan-out misses a chunk");
    }
    if (chunk.record >= table.record_count()) return refuse("table", "a chunk of no record");
    const std::uint32_t plain_bytes = table.record(chunk.record).plain_bytes;
    if (!chunk_fits(chunk.offset, chunk.length, plain_bytes))
      return refuse("table", "a chunk outside its record");
    sums[chunk.record].chunks += 1;
    sums[chunk.record].bytes += chunk.length;
    before = chunk;
  }
  return check_sums(table, sums);
}

}  // namespace

Status TableView::check() const {
  if (bytes_.empty()) return refuse("table", "none was opened");
  const auto body = bytes_.subspan(kTableHeaderBytes, bytes_.size() - kTableHeaderBytes - 4);
  if (crypto::crc32c(body) != base::load_le<std::uint32_t>(&bytes_[bytes_.size() - 4])) {
    return refuse("table", "its checksum is wrong");
  }
  CAIRN_CHECK(
      check_packs(*this, bytes_.subspan(kTableHeaderBytes, records_at_ - kTableHeaderBytes)));
  CAIRN_CHECK(check_records(*this, bytes_.subspan(records_at_, bases_at_ - records_at_), bases_));
  return check_chunks(*this, bytes_.subspan(fanout_at_, ids_at_ - fanout_at_), fanout_bits_);
}

}  // namespace cairn::format
