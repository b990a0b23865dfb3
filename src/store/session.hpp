// Session: one writer's additions to a store. Records are appended to packs under tmp/; commit()
// makes them durable and findable in the order data, index. The session holds the store's shared
// lock until it is destroyed, so keep it alive until the pointer that names the data is written: no
// collection can run in between. A destroyed session that was not committed leaves nothing but
// files in tmp/ that the next writer removes.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "format/tree.hpp"
#include "store/encoded_record.hpp"
#include "store/store.hpp"

namespace cairn::store {

class Session {
 public:
  // Waits for the lock (kLocked after `lock_timeout_ms`). The store must be open for writing.
  static Result<std::unique_ptr<Session>> begin(const Context& context, Store& store,
                                                int lock_timeout_ms = 60'000);
  ~Session();

  // True when the caller is to store this chunk: no good copy in the store and nobody claimed it in
  // this session. Thread-safe, sharded.
  bool claim(const ChunkId& id);
  // True when records of this session may be based on this chunk: the store has a good copy of it
  // that needs no base, which no collection planned earlier takes away. Thread-safe.
  bool rely_on_base(const ChunkId& id);
  // Appends to the open pack of that kind, starting a new one at 64 MiB. Thread-safe; records land
  // in call order. The record's bytes are held against its checksum right before they are written.
  Status append(format::PackKind kind, EncodedRecord record);
  // Copies a record that was read elsewhere (another store, a remote) after its chunks were decoded
  // and hashed by the caller.
  Status append_copy(format::PackKind kind, base::ByteView record,
                     std::span<const format::ChunkRef> chunks);

  // Stores a page unless it is there already.
  Status put_page(const ChunkId& id, base::Bytes page);
  [[nodiscard]] format::PageSink page_sink();

  // Seals packs, syncs, renames, syncs directories, writes the segment; then everything appended is
  // findable through the Store that the session was begun on. May be called several times
  // (checkpoints of a long fetch).
  Status commit();

  struct Totals {
    std::uint64_t records = 0, chunks = 0, plain_bytes = 0, stored_bytes = 0;
  };
  [[nodiscard]] Totals totals() const;

 private:
  struct State;
  explicit Session(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace cairn::store
