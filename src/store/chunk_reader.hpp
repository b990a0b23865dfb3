// ChunkReader: plain bytes of chunks for one thread. Keeps the last few decoded records, because
// neighbours in a file are neighbours in a record.
#pragma once

#include <memory>

#include "format/tree.hpp"
#include "store/store.hpp"

namespace cairn::store {

enum class Verify {
  kChunk,         // the bytes are hashed and compared with the id
  kCallerHashes,  // the caller hashes the whole file
};

class ChunkReader {
 public:
  explicit ChunkReader(const Store& store);
  ~ChunkReader();
  ChunkReader(ChunkReader&&) noexcept;

  // Valid until the next call. Tries every good copy; a record that is bad is marked
  // (Store::mark_damaged). kMissing: no copy; kCorrupt: only damaged copies; kTooNew: only copies
  // in a codec this program does not read.
  Result<base::ByteView> read(const ChunkId& id, Verify verify);
  // Writes the chunk into `out` (its exact length) without an intermediate copy where the codec
  // allows.
  Status read_into(const ChunkId& id, std::span<std::uint8_t> out, Verify verify);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// A verified fetcher of pages for walkers (format/tree.hpp); single-threaded, keeps a ChunkReader.
format::PageFetch page_fetch(const Store& store);

}  // namespace cairn::store
