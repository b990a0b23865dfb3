// fsck and garbage collection of one store, below repositories: what is damaged, what is unreachable, and removing it.
#pragma once

#include <functional>
#include <unordered_set>
#include <vector>

#include "store/session.hpp"

namespace cairn::store {

struct Damage {
  PackId pack;
  std::uint32_t record_offset = 0;
  std::string what;                 // "CRC mismatch", "chunk hash mismatch", "truncated", …
  std::vector<ChunkId> chunks;      // that have no other good copy
};
struct CheckReport {
  std::uint64_t packs = 0, records = 0, chunks = 0, bytes_read = 0;
  std::vector<Damage> damage;
  std::vector<std::string> notes;   // stray files, packs without index, unknown codecs
};
enum class ReadData { kStructure, kEverything };
// Structure: headers, footers, trailers, segments against packs. Everything: also every record's CRC and every chunk's hash.
// Damaged records are marked.
Result<CheckReport> check_store(const Context& context, Store& store, ReadData depth);

struct SweepPlan {
  struct Pack {
    PackId id;
    std::uint64_t size_bytes = 0;
    std::uint64_t live_bytes = 0;   // stored bytes of records with a live chunk
    std::int64_t modified_ns = 0;   // of the file; a session that relies on the pack changes it
  };
  std::vector<Pack> remove;         // no live chunk, older than the grace period
  std::vector<Pack> rewrite;        // less than half live, older than the grace period
  std::uint64_t kept_young_bytes = 0;
  [[nodiscard]] std::uint64_t freed_bytes() const;
};
// `live` holds every chunk id that must stay. Age is the pack file's modification time.
Result<SweepPlan> plan_sweep(const Context& context, const Store& store, const std::unordered_set<ChunkId>& live,
                             std::int64_t grace_ms);
// Takes the exclusive lock (kLocked on timeout), copies live records of `rewrite` into new packs, publishes them with a new
// index, then removes the old index and packs. Needs no new space unless something is rewritten.
Status apply_sweep(const Context& context, Store& store, const std::unordered_set<ChunkId>& live, const SweepPlan& plan,
                   int lock_timeout_ms);

}  // namespace cairn::store
