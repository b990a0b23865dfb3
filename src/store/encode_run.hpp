// A run of consecutive new chunks of one file -> its records.
#pragma once

#include "chunk/structure.hpp"
#include "store/file_bases.hpp"
#include "store/ingest_run.hpp"
#include "store/number_region.hpp"

namespace cairn::store::detail {

struct ChunkRun {
  std::vector<HashedChunk> chunks;
  base::ByteView plain;
  BlockPtr owner;
  std::optional<codec::WordShape> words = {};  // of a single chunk
  const chunk::Unit* unit = nullptr;           // that most of a single chunk belongs to
  std::uint64_t offset = 0;                    // in the file
  std::shared_ptr<FileBases> bases = {};       // of a file that has an earlier version
  std::shared_ptr<NumberRegion> region = {};   // that it lies in; null: small files
};

// One record, or several where parts of the run are based on different chunks.
struct EncodedRun {
  std::vector<EncodedRecord> records;
  ChunkRun run = {};  // where it is still to be decided whether bases are worth their reading
  std::optional<FileBases::Twin> twin = {};  // of a tensor, without its bytes
};
Result<EncodedRun> encode_run(IngestRun& run, codec::Encoder& encoder, ChunkRun chunks);
// The records to append. For the runs of one file in its order, so that what is stored does not
// depend on which thread was first.
Result<std::vector<EncodedRecord>> settle_run(IngestRun& run, EncodedRun encoded);

}  // namespace cairn::store::detail
