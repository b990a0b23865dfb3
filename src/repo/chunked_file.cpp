#include "repo/chunked_file.hpp"

#include <algorithm>
#include <cmath>

#include "base/cpu_pool.hpp"
#include "workdir/materialise.hpp"

namespace cairn::repo {

namespace {

constexpr std::uint64_t kBlockBytes = std::uint64_t{1} << 20;
constexpr std::uint64_t kAheadBytes = std::uint64_t{32} << 20;

class StoreSource final : public ChunkSource {
 public:
  explicit StoreSource(const store::Store& store) : store_(store), reader_(store) {}

  Result<base::ByteView> read(const FilePiece& piece) override {
    return reader_.read(piece.id, store::Verify::kChunk);
  }
  [[nodiscard]] std::optional<StoredRecord> record_of(const ChunkId& id) const override {
    const auto place = store_.find(id);
    if (!place) return std::nullopt;
    return StoredRecord{place->record.record_bytes, place->record.plain_bytes};
  }

 private:
  const store::Store& store_;
  store::ChunkReader reader_;
};

}  // namespace

Result<ChunkedFile> ChunkedFile::open(const store::Store& store,
                                      const format::ManifestEntry& entry) {
  return open(std::make_unique<StoreSource>(store), store::page_fetch(store), entry);
}

Result<ChunkedFile> ChunkedFile::open(std::unique_ptr<ChunkSource> source,
                                      const format::PageFetch& pages,
                                      const format::ManifestEntry& entry) {
  ChunkedFile file(std::move(source));
  const auto note = [&](const format::ChunkRef& chunk) -> Status {
    file.pieces_.push_back({chunk.id, file.size_bytes_, chunk.length});
    file.size_bytes_ += chunk.length;
    return {};
  };
  CAIRN_CHECK(workdir::for_each_chunk(entry, pages, note));
  return file;
}

std::size_t ChunkedFile::piece_at(std::uint64_t offset) const {
  const auto at = std::ranges::upper_bound(pieces_, offset, {}, &Piece::end);
  return static_cast<std::size_t>(at - pieces_.begin());
}

std::span<const FilePiece> ChunkedFile::pieces_of(std::uint64_t offset, std::uint64_t bytes) const {
  const std::size_t first = piece_at(offset);
  std::size_t last = first;
  while (last < pieces_.size() && pieces_[last].offset < offset + bytes) ++last;
  return std::span(pieces_).subspan(first, last - first);
}

Status ChunkedFile::read(std::uint64_t offset, std::span<std::uint8_t> out) {
  const auto pieces = pieces_of(offset, out.size());
  CAIRN_CHECK(source_->prepare(pieces));
  for (const Piece& piece : pieces) {
    CAIRN_TRY(const auto bytes, source_->read(piece));
    if (bytes.size() != piece.length)
      return Error(Code::kCorrupt, "chunk " + piece.id.short_hex() + " has another length");
    const auto part = bytes.subspan(static_cast<std::size_t>(offset - piece.offset));
    const std::size_t count = std::min(part.size(), out.size());
    std::ranges::copy(part.first(count), out.begin());
    out = out.subspan(count);
    offset += count;
  }
  return out.empty() ? Status() : Error(Code::kCorrupt, "a place behind the end of the file");
}

Status ChunkedFile::stream(const Context& context, std::uint64_t offset, std::uint64_t bytes,
                           const std::function<Status(base::ByteView)>& sink) {
  base::Bytes block;
  std::uint64_t prepared = offset;
  for (const std::uint64_t end = offset + bytes; offset < end; offset += block.size()) {
    CAIRN_CHECK(base::check_stop(context));
    if (offset == prepared) {
      const std::uint64_t ahead = std::min(end - offset, kAheadBytes);
      CAIRN_CHECK(source_->prepare(pieces_of(offset, ahead)));
      prepared = offset + ahead;
    }
    block.resize(static_cast<std::size_t>(std::min(prepared - offset, kBlockBytes)));
    CAIRN_CHECK(read(offset, block));
    CAIRN_CHECK(sink(block));
  }
  return {};
}

Result<std::optional<chunk::Structure>> ChunkedFile::structure() {
  Status failed;
  const auto read_at = [&](std::uint64_t offset, std::span<std::uint8_t> out) {
    Status status = read(offset, out);
    const bool ok = status.ok();
    if (!ok) failed = std::move(status);
    return ok;
  };
  auto found = chunk::read_structure(read_at, size_bytes_);
  CAIRN_CHECK(std::move(failed));
  return found;
}

std::optional<std::uint64_t> ChunkedFile::stored_bytes(std::uint64_t offset,
                                                       std::uint64_t bytes) const {
  const std::uint64_t end = offset + bytes;
  double stored = 0;
  for (std::size_t i = piece_at(offset); i < pieces_.size() && pieces_[i].offset < end; ++i) {
    const Piece& piece = pieces_[i];
    const auto record = source_->record_of(piece.id);
    if (!record || record->plain_bytes == 0) return std::nullopt;
    const std::uint64_t inside = std::min(end, piece.end()) - std::max(offset, piece.offset);
    stored += static_cast<double>(record->record_bytes) * static_cast<double>(inside) /
              record->plain_bytes;
  }
  return static_cast<std::uint64_t>(std::llround(stored));
}

bool same_chunks(const ChunkedFile& a, std::uint64_t a_offset, const ChunkedFile& b,
                 std::uint64_t b_offset, std::uint64_t bytes) {
  std::size_t i = a.piece_at(a_offset);
  std::size_t j = b.piece_at(b_offset);
  while (i < a.pieces().size() && a.pieces()[i].offset < a_offset + bytes) {
    if (j == b.pieces().size()) return false;
    const ChunkedFile::Piece& x = a.pieces()[i++];
    const ChunkedFile::Piece& y = b.pieces()[j++];
    if (x.id != y.id || x.offset + b_offset != y.offset + a_offset) return false;
  }
  return true;
}

}  // namespace cairn::repo
