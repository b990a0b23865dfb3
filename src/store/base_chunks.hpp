// BaseChunks: earlier chunks that records of a session may be based on, read once for all workers
// of one ingest and kept as long as there is room. Nothing here is an error: what can't be read is
// no base.
#pragma once

#include <atomic>
#include <list>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "store/base_choice.hpp"
#include "store/base_reader.hpp"
#include "store/chunk_reader.hpp"
#include "store/delta_groups.hpp"
#include "store/parent_file.hpp"
#include "store/reuse.hpp"
#include "store/session.hpp"

namespace cairn::store {

struct BaseChunk {
  ChunkId id;
  base::Bytes plain;
  std::vector<WindowSample> samples;
};
using BaseChunkPtr = std::shared_ptr<const BaseChunk>;

// Thread-safe.
class BaseChunks {
 public:
  BaseChunks(const Store& store, Session& session, std::size_t keep_bytes);

  std::optional<ParentFile> load_parent(const FileVersion& version);
  // What may serve as base in place of a chunk: itself, or what its copies are based on.
  [[nodiscard]] std::vector<ChunkId> stand_ins(const ChunkId& id) const;
  // Null when it can't be relied on.
  BaseChunkPtr get(const ChunkId& id);
  // The same for a chunk that only one record will ask for: not kept, its bytes into `out`, of its
  // length.
  bool read_into(const ChunkId& id, std::span<std::uint8_t> out);

  // What a copy that needs no base takes in its record; nothing when there is none.
  struct Stored {
    std::uint32_t plain_bytes = 0;
    std::uint32_t stored_bytes = 0;
  };
  [[nodiscard]] std::optional<Stored> stored(const ChunkId& id) const;
  DeltaGroups& groups() { return groups_; }
  // The bytes of a chunk of an earlier version, also when it is based on others.
  Result<base::Bytes> read_any(const ChunkId& id);

  // Whether looking for bases is worth its time: after a row of misses only now and then.
  bool lucky();
  void hit() { misses_ = 0; }
  void miss() { ++misses_; }

 private:
  std::optional<base::Bytes> read(const ChunkId& id);

  struct Entry {
    std::mutex mutex;
    bool loaded = false;
    BaseChunkPtr chunk;
  };
  using EntryPtr = std::shared_ptr<Entry>;
  struct Kept {
    EntryPtr entry;
    std::list<ChunkId>::iterator age;
    std::size_t bytes = 0;  // once it was loaded
  };
  EntryPtr entry_of(const ChunkId& id);
  void count(const ChunkId& id, const BaseChunk& chunk);

  const Store& store_;
  Session& session_;
  Reuse<BaseReader> readers_;
  Reuse<ChunkReader> page_readers_;
  const std::size_t keep_bytes_;
  DeltaGroups groups_;

  std::mutex mutex_;
  std::unordered_map<ChunkId, Kept> kept_;
  std::list<ChunkId> ages_;  // newest first
  std::size_t kept_bytes_ = 0;

  std::atomic<std::uint32_t> misses_ = 0;
  std::atomic<std::uint32_t> asked_ = 0;
};

}  // namespace cairn::store
