// Tables: look-ups in an unchecked one stay inside it; one that check() accepts finds all its
// chunks.
#include "format/table.hpp"
#include "fuzzing.hpp"

namespace {

using namespace cairn;

void look_up(const format::TableView& table, const ChunkId& id) {
  const auto range = table.find(id);
  fuzz::require(range.first <= range.last && range.last <= table.chunk_count(),
                "a range inside the table");
  for (std::uint32_t i = range.first; i < range.last; ++i)
    fuzz::require(table.chunk(i).id == id, "only this chunk");
}

void decode(const base::Bytes& bytes) {
  const auto table = format::TableView::open(bytes);
  if (!table.ok()) return;
  const bool good = table->check().ok();
  for (std::uint32_t i = 0; i <= table->chunk_count(); ++i) {
    const auto chunk = table->chunk(i);
    look_up(*table, chunk.id);
    const auto range = table->find(chunk.id);
    fuzz::require(!good || i == table->chunk_count() || (range.first <= i && i < range.last),
                  "every chunk found");
    const auto record = table->record(chunk.record);
    const bool base_known = !table->base(record.first_base).is_zero();
    fuzz::require(!good || record.base_count == 0 || base_known, "bases that are there");
    fuzz::require(table->pack_of_record(chunk.record) <= table->pack_count(),
                  "a pack of the table");
  }
  look_up(*table, {});
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size_bytes) {
  base::Bytes bytes(data, data + size_bytes);
  decode(bytes);
  fuzz::seal_crc(bytes, 60, 0, 60);
  if (bytes.size() >= 68) fuzz::seal_crc(bytes, bytes.size() - 4, 64, bytes.size() - 4);
  decode(bytes);
  return 0;
}
