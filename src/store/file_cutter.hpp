// FileCutter: cuts one file into chunks and hashes them and the file in one pass
// (crypto::Sha256::update_with). guess_cuts moves most of the search for cuts off the thread that
// has to go through the file in order.
#pragma once

#include <optional>
#include <vector>

#include "chunk/gear.hpp"
#include "crypto/sha256.hpp"
#include "format/tree.hpp"
#include "store/ingest.hpp"

namespace cairn::store::detail {

// A piece of a file, and what is known about its cuts: from the bytes before `offset` nothing, from
// there on `cuts` (ascending offsets from `offset`, starting with 0) would be the cuts if `offset`
// were one. Cuts depend on nothing before the last one, so once the true cuts meet one of these,
// they go on together.
struct GuessedCuts {
  std::size_t offset = 0;
  std::vector<std::uint32_t> cuts;
  std::vector<std::uint32_t> crcs = {};  // of the pieces between the cuts, or none
};
std::vector<std::uint32_t> guess_cuts(base::ByteView bytes, const chunk::GearParameters& gear);
// CRC-32C of each piece that `cuts` end.
std::vector<std::uint32_t> piece_crcs(base::ByteView bytes, std::span<const std::uint32_t> cuts);

class FileCutter {
 public:
  struct Cut {
    format::ChunkRef ref;
    base::ByteView bytes;
    std::optional<std::uint32_t> crc;  // where the guess had it
  };
  enum class Part { kMiddle, kLast };

  explicit FileCutter(std::uint64_t file_bytes) : file_bytes_(file_bytes) {}
  // Appends the chunks that surely end within `bytes`, which start at the last cut; returns how
  // many bytes they have. With kLast the file ends where `bytes` do, and all are used up.
  std::size_t cut(base::ByteView bytes, Part part, const GuessedCuts& guess, std::vector<Cut>& out);
  FileId finish() { return hash_.finish().as<FileId>(); }

 private:
  std::size_t next_length(base::ByteView rest, Part part) const;
  const std::uint64_t file_bytes_;
  chunk::GearParameters gear_;
  crypto::Sha256 hash_;
};

// The chunks of a file as its entry names them: a short list, or a recipe. Pages go to the session
// when there is one.
class ChunkList {
 public:
  ChunkList(Cutting cutting, Session* session);
  Status add(const format::ChunkRef& ref);
  Status finish(StoredFile& file);

 private:
  const std::size_t limit_;
  Session* const session_;
  std::vector<format::ChunkRef> chunks_;
  std::optional<format::RecipeBuilder> recipe_;
};

}  // namespace cairn::store::detail
