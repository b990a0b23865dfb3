#include "store/sweep_liveness.hpp"

#include "store/base_reader.hpp"
#include "store/pack_tables.hpp"

namespace cairn::store {

Liveness::Liveness(const Catalogue& catalogue, const std::unordered_set<ChunkId>& live)
    : catalogue_(catalogue), live_(live) {
  PackTables tables(catalogue);
  for (std::uint32_t slot = 0; slot < catalogue.pack_count(); ++slot) {
    const auto pack = tables.of(slot);
    if (!pack) continue;
    for (std::uint32_t i = pack->first; i < pack->last; ++i) {
      const format::TableRecord record = pack->table->view().record(i);
      if (record.base_count == 0 || !this->live(slot, *pack, i)) continue;
      for (const ChunkId& base : pack->table->bases_of(record)) bases_.insert(base);
    }
  }
}

bool Liveness::live(std::uint32_t slot, const PackRecords& pack, std::uint32_t record) const {
  const bool marked = catalogue_.marked(slot, pack.table->view().record(record).offset);
  for (const format::TableChunk& chunk : pack.table->chunks_of(record)) {
    const bool is_base = bases_.contains(chunk.id);
    if (!is_base && !live_.contains(chunk.id)) continue;
    if (!marked || !catalogue_.find(chunk.id)) return true;
    if (is_base && !has_plain_copy(catalogue_, chunk.id)) return true;
  }
  return false;
}

Liveness::Measure Liveness::measure(std::uint32_t slot, const PackRecords& pack) const {
  Measure measure;
  for (std::uint32_t i = pack.first; i < pack.last; ++i) {
    const std::uint32_t record_bytes = pack.table->view().record(i).record_bytes;
    measure.record_bytes += record_bytes;
    if (live(slot, pack, i)) measure.live_bytes += record_bytes;
  }
  return measure;
}

}  // namespace cairn::store
