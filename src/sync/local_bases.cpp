// The step of a plan that names the bases of what may be sent as it is stored here.
#include "sync/local_bases.hpp"
#include "base/cpu_pool.hpp"
#include "format/pack.hpp"
#include "sync/plain_copies.hpp"

namespace cairn::sync {
namespace {

std::optional<store::ChunkPlace> plain_place(const store::Store& store, const ChunkId& id) {
  for (const store::ChunkPlace& place : store.find_all(id)) {
    if (format::stands_alone(place.record.codec)) return place;
  }
  return std::nullopt;
}

// A version of one chunk is always sent in full: nothing tells of its bases.
std::vector<bool> lone_chunks_of(const Plan& plan) {
  std::vector<bool> lone(plan.chunks.size(), false);
  for (const PlanPage& page : plan.pages) {
    if (page.kind == format::ClosureKind::kChunk) lone[page.chunk] = true;
  }
  return lone;
}

}  // namespace

// The header alone: the payload is read when it is sent.
Result<std::vector<ChunkId>> local_bases_of(const store::Store& store,
                                            const store::ChunkPlace& place) {
  const format::TableRecord& record = place.record;
  const std::size_t header_bytes = format::kRecordFixedBytes + std::size_t{4} * record.chunk_count +
                                   std::size_t{32} * record.base_count;
  if (record.chunk_count > format::kMaxRecordChunks || header_bytes > record.record_bytes)
    return Error(Code::kCorrupt, "the record is not what the index says");
  base::Bytes bytes(header_bytes);
  CAIRN_TRY(const auto file, store.pack_file(place.pack));
  CAIRN_CHECK(base::pread_exact(*file, bytes, record.offset, "pack"));
  CAIRN_TRY(auto header, format::decode_record_header(bytes));
  return std::move(header.bases);
}

Status note_local_bases(const PlanInputs& inputs, Plan& plan) {
  if (inputs.options.flatten) return {};
  const std::uint32_t wanted = plan.chunks.size();
  const std::vector<bool> lone = lone_chunks_of(plan);
  for (std::uint32_t i = 0; i < wanted; ++i) {
    if ((i & 0xffff) == 0) CAIRN_CHECK(base::check_stop(inputs.context));
    if (lone[i]) continue;
    const auto place = inputs.store.find(plan.chunks[i].id);
    if (!place || place->record.base_count == 0) continue;
    const auto bases = local_bases_of(inputs.store, *place);
    if (!bases.ok()) continue;  // read again, and judged, when its turn comes
    for (const ChunkId& id : *bases) {
      if (plan.chunks.find(id) != kNone) continue;
      const auto plain = plain_place(inputs.store, id);
      if (plain) plan.base_only.insert(plan.chunks.add(id, plain->length));
    }
  }
  return {};
}

}  // namespace cairn::sync
