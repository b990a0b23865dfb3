// ChunkedFile: a file of a version as bytes at any place, from the chunks in the store or another
// source. Only the chunks that are asked for are read, and each is checked.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "cairn/context.hpp"
#include "chunk/structure.hpp"
#include "format/manifest_cursor.hpp"
#include "repo/chunk_source.hpp"
#include "store/chunk_reader.hpp"

namespace cairn::repo {

// For one thread. The store outlives it.
class ChunkedFile {
 public:
  // Reads the list of chunks, about 44 bytes each.
  static Result<ChunkedFile> open(const store::Store& store, const format::ManifestEntry& entry);
  static Result<ChunkedFile> open(std::unique_ptr<ChunkSource> source,
                                  const format::PageFetch& pages,
                                  const format::ManifestEntry& entry);

  [[nodiscard]] std::uint64_t size_bytes() const { return size_bytes_; }

  // All of `out`, which lies inside the file. kMissing: a chunk is not here.
  Status read(std::uint64_t offset, std::span<std::uint8_t> out);

  // These bytes in order, in blocks.
  Status stream(const Context& context, std::uint64_t offset, std::uint64_t bytes,
                const std::function<Status(base::ByteView)>& sink);

  // What its headers say, if it has any: nothing for a file of no known structure. kMissing when
  // the headers are not here.
  Result<std::optional<chunk::Structure>> structure();

  // These bytes' share of what their chunks take where they are stored; nothing when that is not
  // known of one.
  [[nodiscard]] std::optional<std::uint64_t> stored_bytes(std::uint64_t offset,
                                                          std::uint64_t bytes) const;

  using Piece = FilePiece;
  [[nodiscard]] const std::vector<Piece>& pieces() const { return pieces_; }
  // The first piece that ends behind `offset`.
  [[nodiscard]] std::size_t piece_at(std::uint64_t offset) const;

 private:
  explicit ChunkedFile(std::unique_ptr<ChunkSource> source) : source_(std::move(source)) {}

  // Those that hold these bytes.
  [[nodiscard]] std::span<const Piece> pieces_of(std::uint64_t offset, std::uint64_t bytes) const;

  std::unique_ptr<ChunkSource> source_;
  std::uint64_t size_bytes_ = 0;
  std::vector<Piece> pieces_;
};

// True when both ranges are known to hold the same bytes without reading them: the same chunks, cut
// at the same places. False says nothing.
bool same_chunks(const ChunkedFile& a, std::uint64_t a_offset, const ChunkedFile& b,
                 std::uint64_t b_offset, std::uint64_t bytes);

}  // namespace cairn::repo
