// Store: the local chunk store (cairn-store(5), LOCAL STORE): packs, index segments, damage marks.
// A Store is a snapshot of what was there when it was opened, plus what its own sessions published.
// Look-ups and reads are thread-safe and need no lock and no write; writing goes through a Session
// (session.hpp).
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/file.hpp"
#include "cairn/context.hpp"
#include "format/table.hpp"
#include "store/sharing.hpp"

namespace cairn::store {

class Catalogue;  // catalogue.hpp, private to this module

// One good copy of a chunk. `pack` is a slot of the Store that returned it.
struct ChunkPlace {
  std::uint32_t pack = 0;
  format::TableRecord record;
  std::uint32_t offset = 0;  // within the record's plain bytes
  std::uint32_t length = 0;
};

class Store {
 public:
  enum class Access {
    kRead,   // never writes, not even marks; works on read-only mounts
    kWrite,  // indexes stray packs, may mark damage
  };
  // kNotRepository when there is no store, kTooNew for another format.
  static Result<std::unique_ptr<Store>> open(const Context& context, const std::string& directory,
                                             Access access);
  // Creates the directories and `format`; an existing store is fine, and keeps the sharing it has.
  static Status create(const std::string& directory, Sharing sharing = Sharing::kOwner);
  ~Store();

  [[nodiscard]] const std::string& directory() const;
  [[nodiscard]] Access access() const;

  // The copy to read among those in packs that are present and not marked as damaged.
  [[nodiscard]] std::optional<ChunkPlace> find(const ChunkId& id) const;
  [[nodiscard]] std::vector<ChunkPlace> find_all(const ChunkId& id) const;
  [[nodiscard]] bool has(const ChunkId& id) const;

  struct PackInfo {
    PackId id;
    std::uint64_t size_bytes = 0;
    format::PackKind kind = format::PackKind::kData;
  };
  [[nodiscard]] PackInfo pack(std::uint32_t slot) const;
  [[nodiscard]] std::uint32_t pack_count() const;
  // The pack's file, opened at first use and kept open (bounded number); valid while the returned
  // pointer lives.
  [[nodiscard]] Result<std::shared_ptr<const base::Fd>> pack_file(std::uint32_t slot) const;
  // Reads one whole record (header and payload) and checks its CRC.
  [[nodiscard]] Result<base::Bytes> read_record(const ChunkPlace& place) const;

  // Marks the record as damaged: it is no longer found, and adding good data again heals. No-op
  // under kRead except in memory.
  Status mark_damaged(const PackId& pack, std::uint32_t record_offset) const;

  struct Usage {
    std::uint64_t packs = 0, pack_bytes = 0, chunks = 0, plain_bytes = 0, damaged_records = 0;
  };
  [[nodiscard]] Usage usage() const;

  // Calls visit for every record of every present pack, pack by pack in slot order (fsck, gc,
  // push).
  Status for_each_record(
      const std::function<Status(std::uint32_t pack, const format::TableRecord& record,
                                 std::span<const format::TableChunk> chunks)>& visit) const;

 private:
  friend class Session;
  friend Catalogue& catalogue_of(const Store& store);  // for the other files of this module
  struct State;
  explicit Store(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace cairn::store
