// apply_sweep(): removing dead packs and rewriting half-dead ones, under the exclusive lock.
//
// Dead packs go first: that needs no space, so a full disk can be collected. A crash after it
// leaves index entries of packs that are gone, which every reader ignores. A rewritten pack goes
// only when its live records are durable and indexed elsewhere.
#include <array>

#include "base/cpu_pool.hpp"
#include "store/catalogue.hpp"
#include "store/check.hpp"
#include "store/index_tiers.hpp"
#include "store/pack_tables.hpp"
#include "store/pack_times.hpp"
#include "store/publish.hpp"
#include "store/record_decode.hpp"
#include "store/sweep_liveness.hpp"

namespace cairn::store {
namespace {

// Copies the live records of packs into new ones.
class LiveCopy {
 public:
  LiveCopy(const Context& context, const Store& store, const Liveness& liveness, TempSpace& temp)
      : context_(context), store_(store), liveness_(liveness), temp_(temp) {}

  // False when a live record can't be read: then the pack must stay.
  Result<bool> copy_pack(std::uint32_t slot, const PackRecords& pack) {
    for (std::uint32_t i = pack.first; i < pack.last; ++i) {
      CAIRN_CHECK(base::check_stop(context_));
      if (!liveness_.live(slot, pack, i)) continue;
      ChunkPlace place;
      place.pack = slot;
      place.record = pack.table->view().record(i);
      const auto bytes = store_.read_record(place);
      if (!bytes.ok() || !fits(*bytes, pack, i)) {
        context_.log.warn("pack " + pack.id.hex() + " stays: its record at " +
                          std::to_string(place.record.offset) +
                          " can't be read (see `cairn fsck`)");
        return false;
      }
      CAIRN_CHECK(append(pack, i, *bytes));
    }
    return true;
  }

  Result<std::vector<SealedPack>> finish() {
    for (auto& writer : writers_) {
      if (writer) CAIRN_CHECK(seal(writer));
    }
    return std::move(sealed_);
  }

 private:
  static bool fits(base::ByteView bytes, const PackRecords& pack, std::uint32_t index) {
    const auto header = format::decode_record_header(bytes);
    return header.ok() && header->chunk_lengths.size() == pack.table->chunk_count_of(index);
  }

  Status append(const PackRecords& pack, std::uint32_t index, base::ByteView bytes) {
    CAIRN_TRY(const auto header, format::decode_record_header(bytes));
    std::vector<format::ChunkRef> chunks;
    for (const format::TableChunk& chunk : pack.table->chunks_of(index))
      chunks.push_back({chunk.id, chunk.length});
    auto& writer = writers_[pack.kind == format::PackKind::kMeta ? 1 : 0];
    if (writer && !writer->has_room(bytes.size(), chunks.size())) CAIRN_CHECK(seal(writer));
    if (!writer) {
      format::PackHeader pack_header;
      pack_header.kind = pack.kind;
      context_.entropy.fill(pack_header.salt);
      CAIRN_TRY(writer, PackWriter::create(temp_.new_path(), pack_header));
    }
    return writer->append(header, {&bytes, 1}, chunks);
  }

  Status seal(std::optional<PackWriter>& writer) {
    CAIRN_TRY(auto pack, writer->seal());
    writer.reset();
    CAIRN_CHECK(pack.sync());
    sealed_.push_back(std::move(pack));
    return {};
  }

  const Context& context_;
  const Store& store_;
  const Liveness& liveness_;
  TempSpace& temp_;
  std::array<std::optional<PackWriter>, 2> writers_;
  std::vector<SealedPack> sealed_;
};

class Sweep {
 public:
  Sweep(const Context& context, Store& store, const std::unordered_set<ChunkId>& live)
      : context_(context),
        store_(store),
        catalogue_(catalogue_of(store)),
        liveness_(catalogue_, live),
        temp_(TempSpace::create(catalogue_.layout(), 0)) {}

  Status run(const SweepPlan& plan) {
    CAIRN_CHECK(remove_dead(plan.remove));
    Status rewritten = rewrite(plan.rewrite);
    if (removed_.empty()) return rewritten;
    const Status indexed = renew_index();
    if (!indexed.ok())
      context_.log.verbose("the index keeps entries of removed packs: " +
                           indexed.error().message());
    return rewritten;
  }

 private:
  struct Planned {
    std::uint32_t slot = 0;
    PackRecords records;
  };

  // The planned packs that are as they were: nobody relied on them since.
  std::vector<Planned> unchanged(const std::vector<SweepPlan::Pack>& planned) {
    std::unordered_map<PackId, std::int64_t> times;
    for (const SweepPlan::Pack& pack : planned) times[pack.id] = pack.modified_ns;
    std::vector<Planned> packs;
    PackTables tables(catalogue_);
    for (std::uint32_t slot = 0; slot < catalogue_.pack_count(); ++slot) {
      const auto found = times.find(catalogue_.pack(slot).id);
      if (found == times.end()) continue;
      auto records = tables.of(slot);
      if (!records || pack_modified_ns(catalogue_, found->first) != found->second) continue;
      packs.push_back({slot, *std::move(records)});
    }
    return packs;
  }

  Status remove_dead(const std::vector<SweepPlan::Pack>& planned) {
    for (const Planned& pack : unchanged(planned)) {
      CAIRN_CHECK(base::check_stop(context_));
      if (liveness_.measure(pack.slot, pack.records).live_bytes == 0)
        CAIRN_CHECK(remove_pack(pack));
    }
    return {};
  }

  Status remove_pack(const Planned& pack) {
    const PackId id = pack.records.id;
    catalogue_.set_absent(id);
    CAIRN_CHECK(base::remove_file(catalogue_.layout().pack_path(id)));
    CAIRN_CHECK(base::remove_file(catalogue_.layout().pin_path(id)));
    removed_.insert(id);
    for (const std::uint32_t offset : catalogue_.marks_of(pack.slot)) {
      (void)catalogue_.unmark_damaged(id, offset);
    }
    return {};
  }

  Status rewrite(const std::vector<SweepPlan::Pack>& planned) {
    const auto packs = unchanged(planned);
    if (packs.empty()) return {};
    if (!temp_.ok()) return temp_.error();
    LiveCopy copy(context_, store_, liveness_, *temp_);
    std::vector<const Planned*> copied;
    for (const Planned& pack : packs) {
      CAIRN_TRY(const bool whole, copy.copy_pack(pack.slot, pack.records));
      if (whole) copied.push_back(&pack);
    }
    CAIRN_TRY(auto sealed, copy.finish());
    CAIRN_TRY(auto segments, publish_packs(catalogue_.layout(), *temp_, sealed));
    catalogue_.publish(segments, {});
    for (const Planned* pack : copied) CAIRN_CHECK(remove_pack(*pack));
    return {};
  }

  // Segments without entries of packs that are gone.
  Status renew_index() {
    std::vector<SegmentPtr> old;
    for (const SegmentPtr& segment : catalogue_.segments()) {
      bool stale = !segment->name();
      for (const std::uint32_t slot : segment->slots()) stale |= !catalogue_.present(slot);
      if (stale) old.push_back(segment);
    }
    if (!temp_.ok()) return temp_.error();
    CAIRN_CHECK(replace_segments_by_union(catalogue_, *temp_, old));
    return merge_index_tiers(context_, catalogue_, *temp_);
  }

  const Context& context_;
  Store& store_;
  Catalogue& catalogue_;
  const Liveness liveness_;
  // Making it removes what dead writers left: perhaps all the space there is. On a full disk it may
  // be an error.
  Result<TempSpace> temp_;
  std::unordered_set<PackId> removed_;
};

}  // namespace

Status apply_sweep(const Context& context, Store& store, const std::unordered_set<ChunkId>& live,
                   const SweepPlan& plan, int lock_timeout_ms) {
  Catalogue& catalogue = catalogue_of(store);
  if (catalogue.access() != Store::Access::kWrite) {
    return Error(Code::kInternal, "a collection needs a store that is open for writing");
  }
  const std::string lock_path = catalogue.layout().at(kLockFile);
  CAIRN_TRY(const auto lock, base::FileLock::acquire(lock_path, base::FileLock::Mode::kExclusive,
                                                     lock_timeout_ms, context.stop));
  CAIRN_CHECK(catalogue.load());
  return Sweep(context, store, live).run(plan);
}

Status replace_damaged_packs(const Context& context, Store& store,
                             const std::unordered_set<PackId>& damaged, int lock_timeout_ms) {
  const Catalogue& catalogue = catalogue_of(store);
  std::unordered_set<ChunkId> all;
  SweepPlan plan;
  PackTables tables(catalogue);
  for (std::uint32_t slot = 0; slot < catalogue.pack_count(); ++slot) {
    const auto pack = tables.of(slot);
    if (!pack || !damaged.contains(pack->id)) continue;
    for (std::uint32_t i = pack->first; i < pack->last; ++i) {
      for (const format::TableChunk& chunk : pack->table->chunks_of(i)) all.insert(chunk.id);
    }
    const auto modified_ns = pack_modified_ns(catalogue, pack->id);
    if (modified_ns) plan.rewrite.push_back({pack->id, pack->size_bytes, 0, *modified_ns});
  }
  if (plan.rewrite.empty()) return {};
  return apply_sweep(context, store, all, plan, lock_timeout_ms);
}

}  // namespace cairn::store
