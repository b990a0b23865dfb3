// The one table layout of footers, local segments and remote index objects: cairn-store(5), TABLE.
// TableBuilder collects, TableView reads in place (a mapped file), both pure.
#pragma once

#include <optional>
#include <vector>

#include "base/bytes.hpp"
#include "cairn/result.hpp"
#include "format/limits.hpp"
#include "format/pack.hpp"

namespace cairn::format {

struct TablePack {
  PackId id;
  std::uint64_t size_bytes = 0;
  std::uint32_t first_record = 0;
  PackKind kind = PackKind::kData;
};

struct TableRecord {
  std::uint32_t offset = 0;
  std::uint32_t record_bytes = 0;
  std::uint32_t plain_bytes = 0;
  std::uint32_t crc = 0;
  std::uint32_t chunk_count = 0;
  std::uint32_t first_base = 0;
  std::uint8_t codec = 0;
  std::uint8_t base_count = 0;
};

struct TableChunk {
  ChunkId id;
  std::uint32_t record = 0;
  std::uint32_t offset = 0;  // within the record's plain bytes
  std::uint32_t length = 0;
};

// Reads a table in place; `bytes` must outlive the view. open() checks header, section sizes and
// fan-out, in O(2^F); check() also the CRC and every entry, in O(n). Entry accessors are safe on
// any opened table: an index out of range in hostile data gives nothing.
class TableView {
 public:
  TableView() = default;
  static Result<TableView> open(base::ByteView bytes);
  [[nodiscard]] Status check() const;

  [[nodiscard]] std::uint32_t pack_count() const { return packs_; }
  [[nodiscard]] std::uint32_t record_count() const { return records_; }
  [[nodiscard]] std::uint32_t chunk_count() const { return chunks_; }

  [[nodiscard]] TablePack pack(std::uint32_t index) const;
  [[nodiscard]] TableRecord record(std::uint32_t index) const;
  [[nodiscard]] TableChunk chunk(std::uint32_t index) const;  // in id order
  [[nodiscard]] ChunkId base(std::uint32_t index) const;
  [[nodiscard]] std::uint32_t pack_of_record(
      std::uint32_t record) const;  // binary search; pack_count() when none

  // The range [first, last) of chunk entries with this id.
  struct Range {
    std::uint32_t first = 0;
    std::uint32_t last = 0;
  };
  [[nodiscard]] Range find(const ChunkId& id) const;

 private:
  base::ByteView bytes_;
  std::uint32_t packs_ = 0, records_ = 0, bases_ = 0, chunks_ = 0;
  unsigned fanout_bits_ = 0;
  std::size_t records_at_ = 0, bases_at_ = 0, fanout_at_ = 0, ids_at_ = 0, places_at_ = 0;
};

// add_pack (not for footers), then add_record with its chunks, in pack order; encode() sorts the
// chunks.
class TableBuilder {
 public:
  void add_pack(const PackId& id, std::uint64_t size_bytes, PackKind kind);
  // `record.first_base` and `base_count` are filled in from `bases`.
  void add_record(TableRecord record, std::span<const ChunkId> bases);
  // A chunk of the record added last.
  void add_chunk(const ChunkId& id, std::uint32_t offset, std::uint32_t length);
  [[nodiscard]] std::size_t chunk_count() const { return chunks_.size(); }
  [[nodiscard]] std::size_t record_count() const { return records_.size(); }
  [[nodiscard]] base::Bytes encode();

 private:
  std::vector<TablePack> packs_;
  std::vector<TableRecord> records_;
  std::vector<ChunkId> bases_;
  std::vector<TableChunk> chunks_;
};

}  // namespace cairn::format
