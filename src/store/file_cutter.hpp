// FileCutter: cuts one file into chunks and hashes them and the file in one pass
// (crypto::Sha256::update_with). guess_cuts moves most of the search for cuts off the thread that
// has to go through the file in order.
#pragma once

#include <optional>
#include <vector>

#include "chunk/gear.hpp"
#include "chunk/structure_cuts.hpp"
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
// Of bytes that lie at `file_offset` of a file that is cut by its structure, if it has one.
GuessedCuts guess_cuts(base::ByteView bytes, std::uint64_t file_offset,
                       const chunk::StructureCuts* structure);
// CRC-32C of each piece that `guess.cuts` end.
std::vector<std::uint32_t> piece_crcs(base::ByteView bytes, const GuessedCuts& guess);

class FileCutter {
 public:
  struct Cut {
    format::ChunkRef ref;
    base::ByteView bytes;
    std::optional<std::uint32_t> crc;  // where the guess had it
  };
  enum class Part { kMiddle, kLast };

  // `structure`, which outlives this: by which the file is cut; null: by gear1.
  explicit FileCutter(std::uint64_t file_bytes, const chunk::StructureCuts* structure = nullptr)
      : file_bytes_(file_bytes), structure_(structure) {}
  // Appends the chunks that surely end within `bytes`, which start at the last cut; returns how
  // many bytes they have. With kLast the file ends where `bytes` do, and all are used up.
  std::size_t cut(base::ByteView bytes, Part part, const GuessedCuts& guess, std::vector<Cut>& out);
  FileId finish() { return hash_.finish().as<FileId>(); }

 private:
  [[nodiscard]] std::size_t next_length(base::ByteView rest, Part part) const;
  const std::uint64_t file_bytes_;
  const chunk::StructureCuts* const structure_;
  std::uint64_t offset_ = 0;  // of the next chunk
  chunk::GearParameters gear_;
  crypto::Sha256 hash_;
};

// The chunks of a file as its entry names them: a short list, or a recipe, whose pages go to the
// sink that is asked for then.
class ChunkList {
 public:
  using OpenSink = std::function<format::PageSink()>;
  ChunkList(const IngestOptions& options, OpenSink open_sink);
  Status add(const format::ChunkRef& ref);
  Status finish(StoredFile& file);

 private:
  const std::size_t limit_;
  const std::uint16_t chunker_;
  const OpenSink open_sink_;
  std::vector<format::ChunkRef> chunks_;
  std::optional<format::RecipeBuilder> recipe_;
};

}  // namespace cairn::store::detail
