#include "repo/chunked_file.hpp"

#include <algorithm>

#include "workdir/materialise.hpp"

namespace cairn::repo {

Result<ChunkedFile> ChunkedFile::open(const store::Store& store,
                                      const format::ManifestEntry& entry) {
  ChunkedFile file(store);
  const auto note = [&](const format::ChunkRef& chunk) -> Status {
    file.pieces_.push_back({chunk.id, file.size_bytes_, chunk.length});
    file.size_bytes_ += chunk.length;
    return {};
  };
  CAIRN_CHECK(workdir::for_each_chunk(entry, store::page_fetch(store), note));
  return file;
}

std::size_t ChunkedFile::piece_at(std::uint64_t offset) const {
  const auto at = std::ranges::upper_bound(pieces_, offset, {}, &Piece::end);
  return static_cast<std::size_t>(at - pieces_.begin());
}

Status ChunkedFile::read(std::uint64_t offset, std::span<std::uint8_t> out) {
  for (std::size_t i = piece_at(offset); !out.empty(); ++i) {
    if (i == pieces_.size()) return Error(Code::kCorrupt, "a place behind the end of the file");
    const Piece& piece = pieces_[i];
    CAIRN_TRY(const auto bytes, reader_.read(piece.id, store::Verify::kChunk));
    if (bytes.size() != piece.length)
      return Error(Code::kCorrupt, "chunk " + piece.id.short_hex() + " has another length");
    const auto part = bytes.subspan(static_cast<std::size_t>(offset - piece.offset));
    const std::size_t count = std::min(part.size(), out.size());
    std::ranges::copy(part.first(count), out.begin());
    out = out.subspan(count);
    offset += count;
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
    const auto place = store_->find(piece.id);
    if (!place || place->record.plain_bytes == 0) return std::nullopt;
    const std::uint64_t inside = std::min(end, piece.end()) - std::max(offset, piece.offset);
    stored += static_cast<double>(place->record.record_bytes) * static_cast<double>(inside) /
              place->record.plain_bytes;
  }
  return static_cast<std::uint64_t>(stored + 0.5);
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
