// FileBases: for one file that has an earlier version, which chunks of that version new bytes are
// to be based on. Where an edit moved the rest of the file to is learnt from chunks that are the
// same in both, and from samples (base_choice.hpp) where nothing is.
#pragma once

#include <map>
#include <mutex>

#include "chunk/structure.hpp"
#include "store/base_chunks.hpp"
#include "store/block_pool.hpp"

namespace cairn::store {

class FileBases {
 public:
  // `chunks` outlives this.
  FileBases(BaseChunks& chunks, ParentFile parent, std::uint64_t file_bytes);

  // The file has this chunk at `offset`. Every chunk in order, from one thread, before choose() is
  // asked for bytes around it.
  void pass(std::uint64_t offset, const format::ChunkRef& chunk);

  // For new bytes at `offset`; none when nothing resembles them. Thread-safe.
  std::vector<BaseChunkPtr> choose(std::uint64_t offset, base::ByteView plain);
  // An earlier version of a tensor's part that fills a chunk: the same place of the tensor of this
  // name, type and shape in the parent.
  struct Twin {
    ChunkId id;
    BlockPtr plain;  // `length` bytes, in a block of the pool that was given
    std::uint32_t stored_bytes = 0;
  };
  std::optional<Twin> twin_of(const chunk::Unit& unit, std::uint64_t offset, std::uint32_t length,
                              BlockPool& blocks);
  // Whether a difference of that many bytes is to be stored: not when it takes more than the mean
  // of its group, nor when reading the file would take much more with its bases than without.
  bool accept(const Twin& twin, std::uint32_t stored_bytes);
  // Whether a patch is to be stored: not when reading the file would take much more with its bases
  // than without. In the order of the file's records.
  bool accept(const format::RecordHeader& patch);
  // A record of the file that needs no base: what it takes lets others cost more.
  void count_plain(std::uint32_t stored_bytes);

  // What became of the bytes for which bases were chosen.
  void found_useful(bool yes) { yes ? chunks_.hit() : chunks_.miss(); }

 private:
  struct Found {
    std::vector<BaseChunkPtr> candidates;
    std::vector<std::uint64_t> offsets;  // in the parent, of each
    BaseCover cover;
  };
  void read_structure();
  [[nodiscard]] const chunk::Unit* parent_of(const chunk::Unit& unit);
  [[nodiscard]] std::vector<std::int64_t> shifts_near(std::uint64_t offset) const;
  Found search(std::uint64_t offset, std::uint64_t length, std::span<const WindowSample> wanted,
               std::int64_t slack);
  void add_candidates(ParentFile::Range range, Found& found);
  static void take_all(Found& found);
  void learn(std::uint64_t offset, std::span<const WindowSample> wanted, const Found& found);

  BaseChunks& chunks_;
  const ParentFile parent_;

  std::once_flag structure_read_;
  std::optional<chunk::Structure> structure_;                  // of the parent
  std::unordered_map<std::string, const chunk::Unit*> units_;  // by name

  mutable std::mutex mutex_;
  std::map<std::uint64_t, std::int64_t> shifts_;  // offset here -> how far behind the parent is it
  std::int64_t spare_bytes_ = 0;                  // that reading bases may still cost
  std::vector<ChunkId> read_bases_;               // the last ones counted as read
};

}  // namespace cairn::store
