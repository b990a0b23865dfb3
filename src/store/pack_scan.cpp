#include "store/pack_scan.hpp"

#include <algorithm>
#include <array>

#include "base/cpu_pool.hpp"
#include "store/record_decode.hpp"

namespace cairn::store {
namespace {

constexpr std::size_t kWindowBytes = 4 * kLargestRecordBytes;
constexpr std::size_t kSectorBytes = 4096;
constexpr std::array<std::uint8_t, 4> kMagic = {'C', 'R', 'N', 'R'};

// Bytes of a damaged file: what can't be read is zero.
class TolerantReader {
 public:
  TolerantReader(const base::Fd& file, std::uint64_t size_bytes, const std::string& path)
      : file_(file), size_bytes_(size_bytes), path_(path) {}

  // Up to `count` (at most a window) bytes from `offset`; fewer only at the end of the file.
  base::ByteView at(std::uint64_t offset, std::size_t count) {
    count = static_cast<std::size_t>(
        std::min<std::uint64_t>(count, size_bytes_ - std::min(offset, size_bytes_)));
    if (offset < start_ || offset + count > start_ + window_.size()) load(offset);
    return base::ByteView(window_).subspan(static_cast<std::size_t>(offset - start_), count);
  }

 private:
  void load(std::uint64_t offset) {
    start_ = offset;
    const auto count =
        std::min<std::uint64_t>(kWindowBytes, size_bytes_ - std::min(offset, size_bytes_));
    window_.assign(static_cast<std::size_t>(count), 0);
    if (base::pread_exact(file_, window_, offset, path_).ok()) return;
    for (std::size_t done = 0; done < window_.size(); done += kSectorBytes) {
      const auto sector =
          std::span(window_).subspan(done, std::min(kSectorBytes, window_.size() - done));
      if (!base::pread_exact(file_, sector, offset + done, path_).ok())
        std::fill(sector.begin(), sector.end(), 0);
    }
  }

  const base::Fd& file_;
  const std::uint64_t size_bytes_;
  const std::string& path_;
  std::uint64_t start_ = 0;
  base::Bytes window_;
};

class PackScan {
 public:
  PackScan(const Context& context, const base::Fd& file, std::uint64_t size_bytes,
           const std::string& path, const ReadBase& bases)
      : context_(context),
        reader_(file, size_bytes, path),
        size_bytes_(size_bytes),
        bases_(bases) {}

  Result<ScannedPack> run(const PackId& id) {
    CAIRN_TRY(const auto kind, pack_kind());
    table_.add_pack(id, size_bytes_, kind);
    std::uint64_t at = format::kPackHeaderBytes;
    while (at < size_bytes_) {
      CAIRN_CHECK(base::check_stop(context_));
      if (const auto record = intact_record(at)) {
        at += take(at, *record);
        continue;
      }
      CAIRN_TRY(const auto next, next_record(at + 1));
      scanned_.skipped_bytes += next - at;
      at = next;
    }
    return finish(id, kind);
  }

 private:
  // A damaged header does not say what the pack holds; nothing but statistics depends on it.
  Result<format::PackKind> pack_kind() {
    const auto header = format::decode_pack_header(reader_.at(0, format::kPackHeaderBytes));
    if (header.ok()) return header->kind;
    if (header.error().code() == Code::kTooNew) return header.error();
    return format::PackKind::kData;
  }

  std::optional<format::RecordView> intact_record(std::uint64_t at) {
    const auto bytes = reader_.at(at, kLargestRecordBytes);
    const auto header = format::decode_record_header(bytes);
    if (!header.ok() || header->record_bytes() > bytes.size()) return std::nullopt;
    auto record = format::decode_record(bytes.first(header->record_bytes()));
    if (!record.ok()) return std::nullopt;
    return *std::move(record);
  }

  // Offset of the next intact record, or the end of the file.
  Result<std::uint64_t> next_record(std::uint64_t from) {
    for (std::uint64_t at = from; at + kSmallestRecordBytes <= size_bytes_;) {
      CAIRN_CHECK(base::check_stop(context_));
      const auto bytes = reader_.at(at, kLargestRecordBytes);
      const auto found = std::search(bytes.begin(), bytes.end(), kMagic.begin(), kMagic.end());
      const auto skipped = static_cast<std::size_t>(found - bytes.begin());
      if (found == bytes.end()) {
        at += std::max<std::size_t>(bytes.size(), kMagic.size()) - (kMagic.size() - 1);
        continue;
      }
      at += skipped;
      if (intact_record(at)) return at;
      ++at;
    }
    return size_bytes_;
  }

  // Enters the record into the table when its chunks can be named; its size.
  std::uint64_t take(std::uint64_t at, const format::RecordView& record) {
    const std::uint64_t record_bytes = record.header.record_bytes();
    std::vector<base::Bytes> bases;
    if (!read_bases(record.header, bases)) {
      ++scanned_.baseless_records;
      return record_bytes;
    }
    const std::vector<base::ByteView> views(bases.begin(), bases.end());
    const Status decoded = decode_payload(decoder_, record, plain_, views);
    if (!decoded.ok()) {
      if (decoded.error().code() == Code::kTooNew) ++scanned_.unreadable_records;
      return record_bytes;
    }
    if (!has_room(record.header.chunk_lengths.size())) return record_bytes;
    table_.add_record(table_record(record.header, static_cast<std::uint32_t>(at)),
                      record.header.bases);
    const auto& lengths = record.header.chunk_lengths;
    const auto ids = hash_chunks(lengths, plain_);
    std::uint32_t offset = 0;
    for (std::size_t i = 0; i < ids.size(); ++i) {
      table_.add_chunk(ids[i], offset, lengths[i]);
      offset += lengths[i];
    }
    return record_bytes;
  }

  bool read_bases(const format::RecordHeader& header, std::vector<base::Bytes>& out) const {
    for (const ChunkId& id : header.bases) {
      auto bytes = bases_ ? bases_(id) : Error(Code::kMissing, "nobody gave it");
      if (!bytes.ok()) return false;
      out.push_back(*std::move(bytes));
    }
    return true;
  }

  // No writer fills a pack beyond the limits of a table; a hostile file may.
  [[nodiscard]] bool has_room(std::size_t chunks) const {
    return table_.record_count() < format::kMaxTableChunks &&
           table_.chunk_count() + chunks <= format::kMaxTableChunks;
  }

  Result<ScannedPack> finish(const PackId& id, format::PackKind kind) {
    if (table_.record_count() == 0) return std::move(scanned_);
    const auto bytes = std::make_shared<const base::Bytes>(table_.encode());
    CAIRN_TRY(const auto view, format::TableView::open(*bytes));
    const auto table = std::make_shared<const GroupedTable>(view, bytes);
    scanned_.records = {id, size_bytes_, kind, table, 0, view.record_count()};
    return std::move(scanned_);
  }

  const Context& context_;
  TolerantReader reader_;
  const std::uint64_t size_bytes_;
  const ReadBase& bases_;
  codec::Decoder decoder_;
  base::Bytes plain_;
  format::TableBuilder table_;
  ScannedPack scanned_;
};

}  // namespace

Result<ScannedPack> scan_pack(const Context& context, const base::Fd& file,
                              std::uint64_t size_bytes, const PackId& id, const std::string& path,
                              const ReadBase& bases) {
  auto scanned = PackScan(context, file, size_bytes, path, bases).run(id);
  if (!scanned.ok()) return std::move(scanned).error().with("scanning pack " + id.hex());
  return scanned;
}

}  // namespace cairn::store
