#include "sync/chunk_sink.hpp"

namespace cairn::sync {

Status land_chunks(ChunkSink& sink, const WantedRecord& wanted, const VerifiedRecord& record) {
  for (std::size_t i = 0; i < wanted.chunks.size(); ++i) {
    const KnownChunk& chunk = wanted.chunks[i];
    if (chunk.wanted && record.good[i])
      CAIRN_CHECK(sink.land(chunk.id, record.plain.subspan(chunk.offset, chunk.length)));
  }
  return {};
}

Status settle_chunks(ChunkSink& sink, const WantedRecord& wanted, VerifiedRecord& record) {
  for (std::size_t i = 0; i < wanted.chunks.size(); ++i) {
    const KnownChunk& chunk = wanted.chunks[i];
    if (!chunk.wanted || !record.good[i]) continue;
    CAIRN_TRY(record.good[i],
              sink.settle(chunk.id, record.plain.subspan(chunk.offset, chunk.length)));
    if (record.good[i]) continue;
    record.fault = other_chunk(wanted, chunk);
    record.whole = false;
    record.part.reset();
  }
  return {};
}

}  // namespace cairn::sync
