#include "store/scan_bases.hpp"

#include <algorithm>

#include "crypto/sha256.hpp"
#include "store/record_decode.hpp"

namespace cairn::store {
namespace {

constexpr std::size_t kKept = 2 * format::kMaxRecordBases;

}  // namespace

Result<base::Bytes> ScanBases::read(const ChunkId& id) {
  const auto known =
      std::ranges::find_if(recent_, [&](const auto& kept) { return kept.first == id; });
  if (known != recent_.end()) return known->second;
  auto bytes = try_listed(id);
  if (!bytes) bytes = try_found(id);
  if (!bytes) return Error(Code::kMissing, "no plain copy of chunk " + id.hex());
  if (recent_.size() == kKept) recent_.pop_back();
  recent_.emplace_front(id, *bytes);
  return *std::move(bytes);
}

std::optional<base::Bytes> ScanBases::try_listed(const ChunkId& id) {
  for (const ChunkPlace& place : catalogue_.find_all(id, Catalogue::Copies::kMarkedToo)) {
    const auto file = catalogue_.pack_file(place.pack);
    if (!file.ok()) continue;
    if (auto bytes = try_copy(**file, id, place)) return bytes;
  }
  return std::nullopt;
}

std::optional<base::Bytes> ScanBases::try_found(const ChunkId& id) {
  for (const PackRecords& pack : found_) {
    if (pack.record_count() == 0) continue;
    const format::TableView& table = pack.table->view();
    const format::TableView::Range range = table.find(id);
    for (std::uint32_t at = range.first; at < range.last; ++at) {
      const format::TableChunk chunk = table.chunk(at);
      const auto file = base::open_read(catalogue_.layout().pack_path(pack.id));
      if (!file.ok()) break;
      const ChunkPlace place{0, table.record(chunk.record), chunk.offset, chunk.length};
      if (auto bytes = try_copy(*file, id, place)) return bytes;
    }
  }
  return std::nullopt;
}

std::optional<base::Bytes> ScanBases::try_copy(const base::Fd& file, const ChunkId& id,
                                               const ChunkPlace& place) {
  const format::TableRecord& at = place.record;
  if (at.base_count != 0 || at.record_bytes > kLargestRecordBytes) return std::nullopt;
  base::Bytes stored(at.record_bytes);
  if (!base::pread_exact(file, stored, at.offset, "pack").ok()) return std::nullopt;
  const auto record = format::decode_record(stored);
  if (!record.ok() || !record->header.bases.empty()) return std::nullopt;
  base::Bytes plain;
  if (!decode_payload(decoder_, *record, plain, {}).ok()) return std::nullopt;
  if (std::uint64_t{place.offset} + place.length > plain.size()) return std::nullopt;
  const auto bytes = base::ByteView(plain).subspan(place.offset, place.length);
  if (crypto::sha256(bytes).as<ChunkId>() != id) return std::nullopt;
  return base::Bytes(bytes.begin(), bytes.end());
}

}  // namespace cairn::store
