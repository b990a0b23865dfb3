// ChunkSink: where the bytes of wanted chunks go as they come, besides a store or instead of it.
#pragma once

#include "sync/record_reader.hpp"

namespace cairn::sync {

class ChunkSink {
 public:
  virtual ~ChunkSink() = default;
  // Wanted, and not landed yet. From any thread.
  [[nodiscard]] virtual bool lacks(const ChunkId& id) const = 0;
  // Its bytes are hashed by settle(), in one pass with something else, and by nobody before. From
  // any thread.
  [[nodiscard]] virtual bool hashes(const ChunkId& id) const = 0;
  // Takes the bytes of a chunk, which were hashed unless hashes(id). From many threads at once,
  // each id once, and again where settle() said no.
  virtual Status land(const ChunkId& id, base::ByteView bytes) = 0;
  // The same bytes again, on the calling thread, in the order of the version's files as far as the
  // places of records allow. False: they are not those of the chunk, which is wanted still.
  virtual Result<bool> settle(const ChunkId& id, base::ByteView bytes) = 0;
  // Files that are not whole yet; it tells progress of each that is.
  [[nodiscard]] virtual std::uint64_t files_to_come() const { return 0; }
};

// Good wanted chunks of a record, on the thread that read it.
Status land_chunks(ChunkSink& sink, const WantedRecord& wanted, const VerifiedRecord& record);
// The same ones on the calling thread; those that turn out wrong are good no more.
Status settle_chunks(ChunkSink& sink, const WantedRecord& wanted, VerifiedRecord& record);

}  // namespace cairn::sync
