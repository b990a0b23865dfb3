#include "store/shrink.hpp"

#include <algorithm>
#include <tuple>

#include "base/cpu_pool.hpp"
#include "store/catalogue.hpp"
#include "store/pack_tables.hpp"
#include "store/pack_times.hpp"
#include "store/sweep_liveness.hpp"

namespace cairn::store {
namespace {

struct Candidate {
  bool in_use = false;
  std::int64_t modified_ns = 0;
  std::uint32_t slot = 0, record = 0;
  std::uint32_t bytes = 0;

  [[nodiscard]] auto key() const { return std::tuple(in_use, modified_ns, slot, record); }
};

class Shrink {
 public:
  Shrink(const Context& context, const Store& store, const ShrinkRequest& request)
      : context_(context), catalogue_(catalogue_of(store)), request_(request) {}

  Result<ShrinkPlan> run() {
    CAIRN_CHECK(find_candidates());
    choose();
    CAIRN_CHECK(note_packs());
    return std::move(plan_);
  }

 private:
  // Every chunk is live until it is chosen to go.
  Status find_candidates() {
    PackTables tables(catalogue_);
    for (std::uint32_t slot = 0; slot < catalogue_.pack_count(); ++slot) {
      CAIRN_CHECK(base::check_stop(context_));
      const auto pack = tables.of(slot);
      if (!pack) continue;
      const auto seen = request_.seen.find(pack->id);
      const bool eligible = pack->kind == format::PackKind::kData && seen != request_.seen.end();
      for (std::uint32_t i = pack->first; i < pack->last; ++i) {
        const auto chunks = pack->table->chunks_of(i);
        for (const format::TableChunk& chunk : chunks) plan_.stay.insert(chunk.id);
        if (!eligible || !may_go(chunks)) continue;
        candidates_.push_back(
            {is_in_use(chunks), seen->second, slot, i, pack->table->view().record(i).record_bytes});
      }
    }
    return {};
  }

  [[nodiscard]] bool may_go(const std::vector<format::TableChunk>& chunks) const {
    return std::ranges::all_of(
        chunks, [&](const auto& chunk) { return request_.elsewhere.contains(chunk.id); });
  }
  [[nodiscard]] bool is_in_use(const std::vector<format::TableChunk>& chunks) const {
    return std::ranges::any_of(
        chunks, [&](const auto& chunk) { return request_.in_use.contains(chunk.id); });
  }

  void choose() {
    std::ranges::sort(candidates_, {}, &Candidate::key);
    PackTables tables(catalogue_);
    std::uint64_t freed = 0;
    for (const Candidate& candidate : candidates_) {
      if (freed >= request_.free_bytes) break;
      freed += candidate.bytes;
      const auto pack = tables.of(candidate.slot);
      if (!pack) continue;
      for (const format::TableChunk& chunk : pack->table->chunks_of(candidate.record)) {
        plan_.chunks += plan_.stay.erase(chunk.id);
      }
    }
  }

  Status note_packs() {
    if (plan_.chunks == 0) return {};
    const Liveness liveness(catalogue_, plan_.stay);
    PackTables tables(catalogue_);
    for (std::uint32_t slot = 0; slot < catalogue_.pack_count(); ++slot) {
      CAIRN_CHECK(base::check_stop(context_));
      const auto pack = tables.of(slot);
      if (!pack || pack->kind != format::PackKind::kData) continue;
      const auto seen = request_.seen.find(pack->id);
      const auto measure = liveness.measure(slot, *pack);
      if (seen == request_.seen.end() || measure.live_bytes == measure.record_bytes) continue;
      const SweepPlan::Pack entry{pack->id, pack->size_bytes, measure.live_bytes, seen->second};
      (measure.live_bytes == 0 ? plan_.sweep.remove : plan_.sweep.rewrite).push_back(entry);
    }
    return {};
  }

  const Context& context_;
  const Catalogue& catalogue_;
  const ShrinkRequest& request_;
  std::vector<Candidate> candidates_;
  ShrinkPlan plan_;
};

}  // namespace

PackTimes pack_times(const Store& store) {
  const Catalogue& catalogue = catalogue_of(store);
  PackTimes times;
  for (std::uint32_t slot = 0; slot < catalogue.pack_count(); ++slot) {
    if (!catalogue.present(slot)) continue;
    const PackId id = catalogue.pack(slot).id;
    if (const auto modified = pack_modified_ns(catalogue, id)) times.emplace(id, *modified);
  }
  return times;
}

Result<ShrinkPlan> plan_shrink(const Context& context, const Store& store,
                               const ShrinkRequest& request) {
  return Shrink(context, store, request).run();
}

}  // namespace cairn::store
