// Plan: everything that the versions of one push need, where each of it is now (on the remote, in
// the local store, nowhere) and where it will be. Built by plan.cpp, compare.cpp and resolve.cpp;
// the upload moves records to the remote in it.
#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "format/pack.hpp"
#include "format/remote_objects.hpp"
#include "store/store.hpp"
#include "sync/chunk_table.hpp"
#include "sync/remote_table.hpp"
#include "sync/remote_view.hpp"
#include "sync/transfer.hpp"

namespace cairn::sync {

// A record that holds chunks of the plan.
struct PlanRecord {
  enum class Where : std::uint8_t {
    kRemote,  // to be relied on
    kLocal,   // in the local store: to be uploaded
    kRescue,  // in a condemned pack of the remote that can still be read: to be uploaded again
  };
  Where where = Where::kRemote;
  format::PackKind kind = format::PackKind::kData;
  std::uint8_t codec = 0;
  std::uint32_t pack = 0;  // kRemote, kRescue: number in Plan::packs; kLocal: slot of the store
  std::uint32_t offset = 0;
  std::uint32_t bytes = 0;
  std::uint32_t plain_bytes = 0;
};

// A copy in a condemned pack.
struct PlanRescue {
  PlanRecord record;
  std::uint32_t offset = 0;
  std::uint32_t length = 0;
};

// A page of some version.
struct PlanPage {
  format::ClosureKind kind = format::ClosureKind::kManifest;
  std::uint8_t level = 0;
  bool leaf = false;  // has chunks and a locator; a version of one chunk is a leaf without locator
  bool live = false;  // part of a version that will be pushed
  std::uint32_t bytes = 0;
  ChunkId id;

  std::uint32_t chunk = kNone;  // the page itself in Plan::chunks, unless its old place serves
  const format::TableEntry* old = nullptr;  // the entry of an older root of this page
  bool old_place_counts = false;
  bool old_locator_counts = false;

  bool has_refs = false;  // its chunks are in Plan::refs
  std::uint64_t first_ref = 0;
  std::uint32_t ref_count = 0;

  // Where its subtree stands in the list of a version's pages; count 0 while it was not walked to
  // its end.
  std::uint32_t seen_version = 0, seen_at = 0, seen_count = 0;

  std::optional<ChunkId> locator;  // made by this push
  format::Place locator_place;
};

struct PlanVersion {
  const Version* asked = nullptr;
  format::ClosureKind kind = format::ClosureKind::kChunk;
  Digest closure;
  std::vector<std::uint32_t> pages;  // in the order of the root table
  bool missing = false;              // something is neither here nor on the remote
  std::uint64_t stored_bytes = 0;
  bool replaces_root = false;  // a root is visible, but not to be relied on (or --repair)
};

// Pack names as small numbers; one that is being made gets its name later.
class PackNames {
 public:
  std::uint32_t number_of(const PackId& id);
  std::uint32_t reserve() {
    names_.emplace_back();
    return static_cast<std::uint32_t>(names_.size() - 1);
  }
  void name(std::uint32_t number, const PackId& id) {
    names_[number] = id;
    numbers_[id] = number;
  }
  const PackId& operator[](std::uint32_t number) const { return names_[number]; }

 private:
  std::vector<PackId> names_;
  std::unordered_map<PackId, std::uint32_t> numbers_;
};

struct Plan {
  ChunkTable chunks;
  std::vector<PlanRecord> records;
  PackNames packs;
  std::vector<PlanPage> pages;
  std::unordered_map<ChunkId, std::uint32_t> page_numbers;
  std::vector<std::uint32_t> refs;  // chunks of leaves, leaf after leaf
  std::vector<PlanVersion> versions;
  // Chunks that the record of a difference or a patch needs as plain copies, by record.
  std::unordered_map<std::uint32_t, std::vector<std::uint32_t>> bases;
  // Chunks that are looked for as bases alone: a copy that has bases itself is of no use.
  std::unordered_set<std::uint32_t> base_only;
  // Local records of that kind whose bases are neither pushed nor on the remote: their chunks are
  // written out in full.
  std::unordered_set<std::uint32_t> flattened;
  // Last resort for chunks, by chunk.
  std::unordered_map<std::uint32_t, PlanRescue> rescues;
  std::vector<RemoteTablePtr> older;  // what is compared with; pages point into it
  std::unordered_set<PackId> relied;  // every pack that this push will have relied on
  // Records of reused leaves, for the size of a version: page number -> (pack, offset, bytes).
  std::unordered_map<std::uint32_t, std::vector<PlanRecord>> reused_records;

  std::uint32_t record_at(PlanRecord::Where where, std::uint32_t pack, std::uint32_t offset);
  std::uint32_t add_record(const PlanRecord& record);
  [[nodiscard]] format::Place place_of_chunk(std::uint32_t chunk) const;
  [[nodiscard]] format::Place place_of_page(const PlanPage& page) const {
    return page.chunk == kNone ? page.old->place : place_of_chunk(page.chunk);
  }
  [[nodiscard]] bool relies_on_condemned(const RemoteView& view) const;

 private:
  std::unordered_map<std::uint64_t, std::uint32_t> remote_numbers_, local_numbers_, rescue_numbers_;
  std::unordered_map<std::uint64_t, std::uint32_t>& numbers(PlanRecord::Where where);
};

}  // namespace cairn::sync
