// ChunkedFile: a file of a version as bytes at any place, from the chunks in the store. Only the
// chunks that are asked for are read, and each is checked.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "chunk/structure.hpp"
#include "format/manifest_cursor.hpp"
#include "store/chunk_reader.hpp"

namespace cairn::repo {

// For one thread. The store outlives it.
class ChunkedFile {
 public:
  // Reads the list of chunks, about 44 bytes each.
  static Result<ChunkedFile> open(const store::Store& store, const format::ManifestEntry& entry);

  [[nodiscard]] std::uint64_t size_bytes() const { return size_bytes_; }

  // All of `out`, which lies inside the file. kMissing: a chunk is not here.
  Status read(std::uint64_t offset, std::span<std::uint8_t> out);

  // What its headers say, if it has any: nothing for a file of no known structure. kMissing when
  // the headers are not here.
  Result<std::optional<chunk::Structure>> structure();

  // These bytes' share of what their chunks take in the store; nothing when one is not here.
  [[nodiscard]] std::optional<std::uint64_t> stored_bytes(std::uint64_t offset,
                                                          std::uint64_t bytes) const;

  struct Piece {
    ChunkId id;
    std::uint64_t offset = 0;  // in the file
    std::uint32_t length = 0;
    [[nodiscard]] std::uint64_t end() const { return offset + length; }
  };
  [[nodiscard]] const std::vector<Piece>& pieces() const { return pieces_; }
  // The first piece that ends behind `offset`.
  [[nodiscard]] std::size_t piece_at(std::uint64_t offset) const;

 private:
  explicit ChunkedFile(const store::Store& store) : store_(&store), reader_(store) {}

  const store::Store* store_;
  store::ChunkReader reader_;
  std::uint64_t size_bytes_ = 0;
  std::vector<Piece> pieces_;
};

// True when both ranges are known to hold the same bytes without reading them: the same chunks, cut
// at the same places. False says nothing.
bool same_chunks(const ChunkedFile& a, std::uint64_t a_offset, const ChunkedFile& b,
                 std::uint64_t b_offset, std::uint64_t bytes);

}  // namespace cairn::repo
