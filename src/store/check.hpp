// fsck and garbage collection of one store, below repositories: what is damaged, what is
// unreachable, and removing it.
#pragma once

#include <functional>
#include <unordered_set>
#include <vector>

#include "store/session.hpp"

namespace cairn::store {

struct Damage {
  PackId pack;
  std::uint32_t record_offset =
      0;             // 0: header or footer, which cost no chunk while the index lists the records
  std::string what;  // "CRC mismatch", "chunk hash mismatch", "truncated", …
  std::vector<ChunkId> chunks;  // that have no other good copy
};
struct CheckReport {
  std::uint64_t packs = 0, records = 0, chunks = 0, bytes_read = 0;
  std::vector<Damage> damage;
  std::uint64_t packs_gone = 0;    // that the index names
  std::vector<ChunkId> gone;       // chunks that stood in them and have no other good copy
  std::vector<std::string> notes;  // stray files, packs without index, unknown codecs
};
enum class ReadData { kStructure, kEverything };
// Structure: headers, footers, trailers, segments against packs. Everything: also every record's
// CRC and every chunk's hash. Damaged records are marked; the mark of a record whose every byte was
// read and is right is taken back.
Result<CheckReport> check_store(const Context& context, Store& store, ReadData depth);

struct SweepPlan {
  struct Pack {
    PackId id;
    std::uint64_t size_bytes = 0;
    std::uint64_t live_bytes = 0;  // stored bytes of records with a live chunk
    std::int64_t modified_ns = 0;  // of the file; a session that relies on the pack changes it
  };
  std::vector<Pack> remove;  // no live chunk, older than the grace period
  // Older than the grace period, and less than half live or one of more than 64 packs under 8 MiB,
  // which are joined.
  std::vector<Pack> rewrite;
  std::uint64_t kept_young_bytes = 0;
  [[nodiscard]] std::uint64_t freed_bytes() const;
};
// `live` holds every chunk id that must stay. Age is the pack file's modification time, which a
// session renews for packs that it relies on, at the first time and when it ends.
Result<SweepPlan> plan_sweep(const Context& context, const Store& store,
                             const std::unordered_set<ChunkId>& live, std::int64_t grace_ms);
// Takes the exclusive lock (kLocked on timeout). Removes dead packs first, which needs no space;
// copies live records of `rewrite` into new packs and publishes them with an index before the old
// packs go; then writes an index without what is gone (left for later when there is no space:
// entries of absent packs are ignored). Packs whose modification time is not that of the plan stay,
// for a session relied on them since; so do packs with a live record that can't be read.
Status apply_sweep(const Context& context, Store& store, const std::unordered_set<ChunkId>& live,
                   const SweepPlan& plan, int lock_timeout_ms);
// After a repair: copies every good record of these damaged packs into new ones, and removes them.
// A pack with a chunk that has no good copy anywhere stays, for its bytes may be all there is of
// it.
Status replace_damaged_packs(const Context& context, Store& store,
                             const std::unordered_set<PackId>& damaged, int lock_timeout_ms);

}  // namespace cairn::store
