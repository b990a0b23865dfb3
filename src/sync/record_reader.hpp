// Reading records of a remote's packs: merged ranged reads, many in flight; every record's CRC and
// every chunk's hash are checked on the CPU pool before anybody sees the bytes.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "cairn/context.hpp"
#include "cairn/remote.hpp"
#include "format/remote_objects.hpp"
#include "store/block_pool.hpp"
#include "store/session.hpp"

namespace cairn::sync {

// A chunk known to stand in a record.
struct KnownChunk {
  ChunkId id;
  std::uint32_t offset = 0;  // within the record's plain bytes
  std::uint32_t length = 0;
  bool wanted = true;  // false: known, and needed only where the whole record is copied
};

struct PlacedChunk {
  ChunkId id;
  format::Place place;
  std::vector<PlacedChunk> bases = {};  // of its record, as in WantedRecord
};

struct WantedRecord {
  PackId pack;
  std::uint32_t offset = 0;
  std::uint32_t bytes = 0;
  std::vector<KnownChunk> chunks;
  // Plain copies of what the record is based on, several of one chunk perhaps. Such a record is
  // copied where ReadOptions::may_base_on says so for all of them; else its chunks come as a new
  // one that stands for itself.
  std::vector<PlacedChunk> bases = {};
  bool only_seen = false;  // whoever asks looks at it; it is not kept and not counted
};

struct VerifiedRecord {
  std::size_t index = 0;       // in the list asked for
  std::optional<Error> fault;  // why a wanted chunk is not good; kMissing: the pack is not there
  std::vector<bool> good;      // for each known chunk: hashed, and right (or ReadOptions::unhashed)
  base::ByteView plain;        // unless Give::kRecords: when the record could be decoded
  bool whole = false;          // unless Give::kPlain: every chunk of the record is known and good
  base::ByteView bytes;        // the record as it is stored
  store::BlockPtr block;       // keeps `bytes`, if it is wanted for longer
  std::optional<store::EncodedRecord>
      part;  // and where it is not whole: the good wanted chunks as a new record
};

// Slug of a fault: the pack is there, and cannot be read before its store brings it back.
inline constexpr std::string_view kArchivedSlug = "archived-object";

enum class Give {
  kPlain,    // decoded bytes, for pages and locators
  kRecords,  // records to store: whole ones where all chunks are known and most are wanted
  kBoth,     // for pages that are stored
};

// Called on the calling thread, in the order of the list as far as ranges that hold several records
// allow; views are valid during the call. Codecs newer than this program are an error of the whole
// call (kTooNew), damage and absence are faults of one record.
using RecordVisit = std::function<Status(VerifiedRecord& record)>;

struct ReadOptions {
  Give give = Give::kPlain;
  // Where bases may be already; may be null. What is not there is read from WantedRecord::bases.
  const store::Store* bases_here = nullptr;
  // Whether records that are stored may be based on this chunk; empty: on none. Called from any
  // thread.
  std::function<bool(const ChunkId&)> may_base_on = {};
  // Called before the visit on the thread that read the record, for several at once, in any order.
  RecordVisit early = {};
  // Chunks that whoever takes them hashes. Called from any thread.
  std::function<bool(const ChunkId&)> unhashed = {};
};
// The fault of a record that has another chunk than `chunk` at its place.
Error other_chunk(const WantedRecord& wanted, const KnownChunk& chunk);
Status read_records(const Context& context, Remote& remote, std::span<const WantedRecord> wanted,
                    const ReadOptions& options, const RecordVisit& visit);

// --- on top of it: chunks whose place is known ---
using PlacedVisit = std::function<Status(std::size_t index, base::ByteView bytes)>;
using PlacedFault = std::function<Status(std::size_t index, const Error& why)>;
// Verified plain bytes of each, in the order of places; `on_fault` instead where it is missing or
// damaged.
Status read_placed(const Context& context, Remote& remote, std::span<const PlacedChunk> chunks,
                   const PlacedVisit& visit, const PlacedFault& on_fault);

}  // namespace cairn::sync
