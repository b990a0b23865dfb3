// plan_sweep(): what a collection would remove and rewrite.
#include "base/cpu_pool.hpp"
#include "store/catalogue.hpp"
#include "store/check.hpp"
#include "store/pack_tables.hpp"
#include "store/pack_times.hpp"
#include "store/sweep_liveness.hpp"

namespace cairn::store {
namespace {

// Many small packs, from many small additions, are joined.
constexpr std::uint64_t kSmallPackBytes = std::uint64_t{8} << 20;
constexpr std::size_t kSmallPacksKept = 64;

void add_small_packs(std::vector<SweepPlan::Pack> small, SweepPlan& plan) {
  if (small.size() <= kSmallPacksKept) return;
  plan.rewrite.insert(plan.rewrite.end(), small.begin(), small.end());
}

}  // namespace

std::uint64_t SweepPlan::freed_bytes() const {
  std::uint64_t bytes = 0;
  for (const Pack& pack : remove) bytes += pack.size_bytes;
  for (const Pack& pack : rewrite)
    bytes += pack.size_bytes - std::min(pack.size_bytes, pack.live_bytes);
  return bytes;
}

Result<SweepPlan> plan_sweep(const Context& context, const Store& store,
                             const std::unordered_set<ChunkId>& live, std::int64_t grace_ms) {
  const Catalogue& catalogue = catalogue_of(store);
  const Liveness liveness(catalogue, live);
  const std::int64_t newest_ms = context.clock.now_ms() - grace_ms;
  SweepPlan plan;
  std::vector<SweepPlan::Pack> small;
  PackTables tables(catalogue);
  for (std::uint32_t slot = 0; slot < catalogue.pack_count(); ++slot) {
    CAIRN_CHECK(base::check_stop(context));
    const auto records = tables.of(slot);
    const auto modified_ns = records ? pack_modified_ns(catalogue, records->id) : std::nullopt;
    if (!modified_ns) continue;  // gone meanwhile
    const auto measure = liveness.measure(slot, *records);
    const SweepPlan::Pack pack{records->id, records->size_bytes, measure.live_bytes, *modified_ns};
    const bool wanted = measure.live_bytes * 2 < measure.record_bytes;
    if (*modified_ns / 1'000'000 > newest_ms) {
      if (wanted) plan.kept_young_bytes += pack.size_bytes - pack.live_bytes;
    } else if (measure.live_bytes == 0) {
      plan.remove.push_back(pack);
    } else if (wanted) {
      plan.rewrite.push_back(pack);
    } else if (pack.size_bytes < kSmallPackBytes) {
      small.push_back(pack);
    }
  }
  add_small_packs(std::move(small), plan);
  return plan;
}

}  // namespace cairn::store
