// The second half of a plan: where each chunk is that no older root told of.
#include <algorithm>
#include <utility>

#include "base/cpu_pool.hpp"
#include "format/pack.hpp"
#include "sync/local_bases.hpp"
#include "sync/plain_copies.hpp"

namespace cairn::sync {
namespace {

PlanRecord record_of(std::uint32_t pack, format::PackKind kind, const format::TableRecord& record) {
  PlanRecord out;
  out.kind = kind;
  out.codec = record.codec;
  out.pack = pack;
  out.offset = record.offset;
  out.bytes = record.record_bytes;
  out.plain_bytes = record.plain_bytes;
  return out;
}

class ChunkSearch {
 public:
  ChunkSearch(const PlanInputs& inputs, Plan& plan) : inputs_(inputs), plan_(plan) {}

  Status run() {
    if (inputs_.own_packs.size() != 0) CAIRN_CHECK(inputs_.view.need_packs());
    for (std::size_t i = 0; i < inputs_.own_packs.size(); ++i) CAIRN_CHECK(look_in_own_pack(i));
    if (inputs_.options.dedup_all || inputs_.options.repair)
      CAIRN_CHECK(look_in_index(unresolved()));
    CAIRN_CHECK(look_in_index(unresolved_bases()));
    CAIRN_CHECK(look_in_store());
    use_rescues();
    // What is not here may still be on the remote under a root that was not compared with.
    CAIRN_CHECK(look_in_index(unresolved()));
    use_rescues();
    mark_missing();
    return {};
  }

 private:
  [[nodiscard]] std::vector<std::uint32_t> unresolved() const {
    std::vector<std::uint32_t> out;
    for (std::uint32_t i = 0; i < plan_.chunks.size(); ++i) {
      if (plan_.chunks[i].record == kNone && !plan_.base_only.contains(i)) out.push_back(i);
    }
    return out;
  }

  [[nodiscard]] std::vector<std::uint32_t> unresolved_bases() const {
    std::vector<std::uint32_t> out;
    for (const std::uint32_t i : plan_.base_only) {
      if (plan_.chunks[i].record == kNone) out.push_back(i);
    }
    return out;
  }

  Status look_in_own_pack(std::size_t at) {
    const Journal& own = inputs_.own_packs;
    const RemoteView& view = inputs_.view;
    if (view.pack_size(own.id(at)) != own.size_bytes(at) || view.is_condemned(own.id(at))) {
      return {};
    }
    const auto pack = own.read(at);
    if (!pack.ok()) return {};  // a cache
    CAIRN_TRY(const auto table, format::TableView::open(pack->footer));
    const std::uint32_t number = plan_.packs.number_of(pack->id);
    for (std::uint32_t i = 0; i < table.chunk_count(); ++i) {
      const format::TableChunk entry = table.chunk(i);
      const std::uint32_t chunk = plan_.chunks.find(entry.id);
      if (chunk == kNone || plan_.chunks[chunk].record != kNone) continue;
      const format::TableRecord record = table.record(entry.record);
      if (view.is_bad_record(pack->id, record.offset)) continue;
      RemoteCopy copy;
      copy.record = record_of(number, pack->kind, record);
      copy.offset = entry.offset;
      copy.length = entry.length;
      if (add_bases(table, record, copy)) take_remote_copy(plan_, chunk, copy);
    }
    return {};
  }

  // Bases in the same pack, where a push that copies a difference has put them, or wherever else
  // they are on the remote.
  bool add_bases(const format::TableView& table, const format::TableRecord& record,
                 RemoteCopy& copy) const {
    for (std::uint32_t i = 0; i < record.base_count; ++i) {
      const ChunkId id = table.base(record.first_base + i);
      if (!add_base_beside(table, id, copy) && !add_known_base(id, copy)) return false;
    }
    return true;
  }

  static bool add_base_beside(const format::TableView& table, const ChunkId& id, RemoteCopy& copy) {
    const format::TableView::Range range = table.find(id);
    if (range.first == range.last) return false;
    const format::TableChunk base = table.chunk(range.first);
    const format::TableRecord holder = table.record(base.record);
    if (!format::stands_alone(holder.codec)) return false;
    copy.bases.push_back(
        {id, record_of(copy.record.pack, copy.record.kind, holder), base.offset, base.length});
    return true;
  }

  bool add_known_base(const ChunkId& id, RemoteCopy& copy) const {
    const std::uint32_t known = plan_.chunks.find(id);
    if (known == kNone || plan_.chunks[known].record == kNone) return false;
    const PlannedChunk& base = plan_.chunks[known];
    const PlanRecord& holder = plan_.records[base.record];
    if (holder.where != PlanRecord::Where::kRemote || !format::stands_alone(holder.codec))
      return false;
    copy.bases.push_back({id, holder, base.offset, base.length});
    return true;
  }

  Status look_in_index(const std::vector<std::uint32_t>& chunks) {
    if (chunks.empty()) return {};
    CAIRN_CHECK(inputs_.view.need_packs());
    std::vector<ChunkId> ids;
    ids.reserve(chunks.size());
    for (const std::uint32_t chunk : chunks) ids.push_back(plan_.chunks[chunk].id);
    const auto visit = [&](std::size_t index, const IndexCopy& found) -> Status {
      offer(chunks[index], found);
      return {};
    };
    CAIRN_CHECK(find_in_index(inputs_.view, ids, visit));
    return take_based();
  }

  void offer(std::uint32_t chunk, const IndexCopy& found) {
    if (plan_.chunks[chunk].record != kNone) return;
    if (!format::stands_alone(found.record.codec)) {
      if (!plan_.base_only.contains(chunk)) based_.emplace_back(chunk, found);
      return;
    }
    const RemoteView& view = inputs_.view;
    const RemoteCopy copy = copy_of(found);
    if (counts(found)) {
      take_remote_copy(plan_, chunk, copy);
      return;
    }
    const std::uint64_t end = std::uint64_t{found.record.offset} + found.record.record_bytes;
    if (!view.is_present(found.pack, end) || view.is_bad_record(found.pack, found.record.offset))
      return;
    if (plan_.base_only.contains(chunk)) return;
    plan_.rescues.try_emplace(chunk, PlanRescue{copy.record, copy.offset, copy.length});
  }

  // Differences and patches, with plain copies of their bases.
  Status take_based() {
    std::unordered_set<ChunkId> bases;
    for (const auto& [chunk, found] : based_) {
      if (plan_.chunks[chunk].record == kNone) bases.insert(found.bases.begin(), found.bases.end());
    }
    CAIRN_TRY(const PlainCopies copies, PlainCopies::find(inputs_.view, bases));
    for (const auto& [chunk, found] : based_) {
      if (plan_.chunks[chunk].record == kNone) take_based(chunk, found, copies);
    }
    based_.clear();
    return {};
  }

  void take_based(std::uint32_t chunk, const IndexCopy& found, const PlainCopies& copies) {
    if (found.bases.empty() || !counts(found)) return;
    RemoteCopy copy = copy_of(found);
    for (const ChunkId& id : found.bases) {
      const auto plain = copies.of(id);
      const auto good = std::ranges::find_if(plain, [&](const auto& at) { return counts(at); });
      if (good == plain.end()) return;
      const RemoteCopy base = copy_of(*good);
      copy.bases.push_back({id, base.record, base.offset, base.length});
    }
    take_remote_copy(plan_, chunk, copy);
  }

  [[nodiscard]] bool counts(const IndexCopy& found) const {
    return inputs_.view.counts(found.pack, found.record.offset, found.record.record_bytes);
  }

  RemoteCopy copy_of(const IndexCopy& found) {
    RemoteCopy copy;
    copy.record = record_of(plan_.packs.number_of(found.pack), found.kind, found.record);
    copy.offset = found.offset;
    copy.length = found.length;
    return copy;
  }

  Status look_in_store() {
    for (std::uint32_t i = 0; i < plan_.chunks.size(); ++i) {
      if ((i & 0xffff) == 0) CAIRN_CHECK(base::check_stop(inputs_.context));
      PlannedChunk& chunk = plan_.chunks[i];
      if (chunk.record != kNone || plan_.base_only.contains(i)) continue;
      const auto place = inputs_.store.find(chunk.id);
      if (!place || place->length != chunk.length) continue;
      CAIRN_CHECK(take_local_copy(i, *place));
    }
    return {};
  }

  Status take_local_copy(std::uint32_t chunk, const store::ChunkPlace& place) {
    const auto where = PlanRecord::Where::kLocal;
    std::uint32_t record = plan_.record_at(where, place.pack, place.record.offset);
    if (record == kNone) {
      PlanRecord local = record_of(place.pack, inputs_.store.pack(place.pack).kind, place.record);
      local.where = where;
      record = plan_.add_record(local);
      if (place.record.base_count != 0) CAIRN_CHECK(add_local_bases(record, place));
    }
    plan_.chunks[chunk].record = record;
    plan_.chunks[chunk].offset = place.offset;
    return {};
  }

  // A difference is useless without plain copies of its bases. They are in the versions being
  // pushed or on the remote already; anything else is written out in full.
  Status add_local_bases(std::uint32_t record, const store::ChunkPlace& place) {
    const auto ids = local_bases_of(inputs_.store, place);
    std::vector<std::uint32_t> bases;
    bool whole = ids.ok() && !inputs_.options.flatten;
    for (std::size_t i = 0; whole && i < ids->size(); ++i) {
      CAIRN_TRY(const std::optional<std::uint32_t> base, plain_base((*ids)[i]));
      whole = base.has_value();
      if (base) bases.push_back(*base);
    }
    if (whole) {
      plan_.bases[record] = std::move(bases);
    } else {
      plan_.flattened.insert(record);
    }
    return {};
  }

  Result<std::optional<std::uint32_t>> plain_base(const ChunkId& id) {
    const std::uint32_t known = plan_.chunks.find(id);
    if (known == kNone) return std::optional<std::uint32_t>();
    PlannedChunk& chunk = plan_.chunks[known];
    if (chunk.record == kNone && !plan_.base_only.contains(known)) {
      for (const store::ChunkPlace& place : inputs_.store.find_all(id)) {
        if (!format::stands_alone(place.record.codec) || place.length != chunk.length) continue;
        CAIRN_CHECK(take_local_copy(known, place));
        break;
      }
    }
    if (chunk.record == kNone || !format::stands_alone(plan_.records[chunk.record].codec)) {
      return std::optional<std::uint32_t>();
    }
    return std::optional<std::uint32_t>(known);
  }

  void use_rescues() {
    for (const auto& [chunk, rescue] : plan_.rescues) {
      PlannedChunk& planned = plan_.chunks[chunk];
      if (planned.record != kNone || planned.length != rescue.length) continue;
      PlanRecord record = rescue.record;
      record.where = PlanRecord::Where::kRescue;
      planned.record = plan_.add_record(record);
      planned.offset = rescue.offset;
    }
  }

  void mark_missing() {
    const auto is_missing = [&](std::uint32_t chunk) {
      return plan_.chunks[chunk].record == kNone;
    };
    for (PlanVersion& version : plan_.versions) {
      for (const std::uint32_t number : version.pages) {
        const PlanPage& page = plan_.pages[number];
        if (page.chunk != kNone && is_missing(page.chunk)) version.missing = true;
        if (!page.has_refs) continue;
        for (std::uint32_t i = 0; i < page.ref_count; ++i) {
          if (is_missing(plan_.refs[page.first_ref + i])) version.missing = true;
        }
      }
    }
    for (const PlanVersion& version : plan_.versions) {
      if (version.missing) continue;
      for (const std::uint32_t number : version.pages) plan_.pages[number].live = true;
    }
  }

  const PlanInputs& inputs_;
  Plan& plan_;
  std::vector<std::pair<std::uint32_t, IndexCopy>>
      based_;  // to be taken when their bases are known
};

}  // namespace

Status find_chunks(const PlanInputs& inputs, Plan& plan) { return ChunkSearch(inputs, plan).run(); }

Result<std::unique_ptr<Plan>> make_plan(const PlanInputs& inputs,
                                        std::vector<PlanVersion> versions) {
  auto plan = std::make_unique<Plan>();
  plan->versions = std::move(versions);
  CAIRN_CHECK(load_older_roots(inputs, *plan));
  CAIRN_CHECK(walk_versions(inputs, *plan));
  CAIRN_CHECK(note_local_bases(inputs, *plan));
  CAIRN_CHECK(compare_with_older(inputs, *plan));
  CAIRN_CHECK(find_chunks(inputs, *plan));
  return plan;
}

}  // namespace cairn::sync
