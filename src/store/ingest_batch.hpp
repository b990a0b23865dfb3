// A batch of ingest: consecutive files that one worker reads, hashes, cuts and encodes.
#pragma once

#include <vector>

#include "store/ingest_run.hpp"

namespace cairn::store::detail {

struct FileBatch {
  std::size_t first = 0;
  std::size_t last = 0;
};

struct BatchFile {
  StoredFile stored;                      // without a recipe
  bool is_large = false;                  // not read: left to ingest_large
  std::uint32_t crc = 0;                  // Depth::kStore: of the file, beside its hash
  std::vector<std::uint32_t> chunk_crcs;  // where it has several chunks: of each
  WordAdvice advice;                      // of a file of several chunks
  base::ByteView plain;                   // while the worker has it
  BlockPtr owner;
};

struct BatchResult {
  std::size_t first = 0;
  std::vector<BatchFile> files;
  std::vector<EncodedRecord> records;
};

// From `first` on as many files as one worker takes at once, at least one.
FileBatch next_batch(const SourceList& files, std::size_t first);
Result<BatchResult> ingest_batch(IngestRun& run, const FileBatch& batch);

}  // namespace cairn::store::detail
