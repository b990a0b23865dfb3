// Between the parts of ingest (ingest*.cpp): what one call shares, and its limits.
#pragma once

#include <memory>

#include "cairn/context.hpp"
#include "store/block_pool.hpp"
#include "store/file_bases.hpp"
#include "store/ingest.hpp"
#include "store/reuse.hpp"
#include "store/word_advice.hpp"

namespace cairn::store::detail {

// A file of at most this size is read and processed whole by one worker, larger ones in blocks by
// several.
inline constexpr std::uint64_t kMaxWholeBytes = std::uint64_t{8} << 20;
inline constexpr std::size_t kSmallFrameBytes =
    std::size_t{128} << 10;  // plain bytes of files of one chunk in a record
inline constexpr std::size_t kRunFrameBytes = std::size_t{512}
                                              << 10;  // and of a run of chunks of one larger file

enum class Depth { kHashOnly, kCut, kStore };

struct IngestRun {
  const Context& context;
  Session* session;  // not null for Depth::kStore
  SourceList files;
  IngestOptions options;
  Depth depth;
  const OpenSource& open;
  std::shared_ptr<BlockPool> blocks;
  Reuse<codec::Encoder> encoders;
  std::unique_ptr<BaseChunks> bases = {};  // Depth::kStore with parents

  [[nodiscard]] bool wants_structure() const {
    return depth == Depth::kStore ||
           (depth == Depth::kCut && options.chunker == chunk::kStructure1);
  }
  // What a FileCutter is to know of a file's structure.
  [[nodiscard]] const chunk::StructureCuts* cuts_by(const WordAdvice& advice) const {
    return options.chunker == chunk::kStructure1 ? advice.cuts() : nullptr;
  }
  // Null for a file without an earlier version.
  [[nodiscard]] std::shared_ptr<FileBases> bases_of(std::size_t index, std::uint64_t size) const;
  // For the recipe of a file that has `size` bytes now.
  [[nodiscard]] format::PageSink sink_of(std::size_t index, std::uint64_t size) const;
};

// --- ingest_source.cpp ---
struct OpenedSource {
  base::Fd fd;
  struct ::stat before {};
};
Result<OpenedSource> open_source(const IngestRun& run, std::size_t index);
// kConflict (slug "file-changed") unless the file is as it was when it was opened.
Status check_unchanged(const OpenedSource& source, const std::string& path);
// Exactly out.size() bytes; fewer means that the file changed.
Status read_source(const OpenedSource& source, std::span<std::uint8_t> out, std::uint64_t offset,
                   const std::string& path);
bool is_changed_error(const Error& error);

// Calls `attempt` again, once, when the file changed under it.
template <typename Attempt>
auto retry_changed(Attempt&& attempt) -> decltype(attempt()) {
  auto first = attempt();
  if (first.ok() || !is_changed_error(first.error())) return first;
  return attempt();
}

// --- ingest_large.cpp ---
// A file of any size, in blocks: the pool reads and encodes, the calling thread hashes.
Result<StoredFile> ingest_large(IngestRun& run, std::size_t index);

}  // namespace cairn::store::detail
