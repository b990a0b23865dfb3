// The chunks of one entry, whatever form its list has, and its bytes in order.
#include <fmt/core.h>

#include <algorithm>

#include "base/cpu_pool.hpp"
#include "workdir/materialise.hpp"

namespace cairn::workdir {
namespace {

Error wrong_list(const format::ManifestEntry& entry) {
  return Error(Code::kCorrupt,
               fmt::format("the chunk list of file {} does not have its size of {} bytes",
                           entry.file_id.short_hex(), entry.size_bytes));
}

// Readers make room for a chunk of the largest allowed size.
bool is_chunk_length(std::uint32_t length) {
  return length > 0 && length <= format::kMaxChunkBytes;
}

Status visit_recipe(const format::ManifestEntry& entry, const format::PageFetch& fetch,
                    const std::function<Status(const format::ChunkRef&)>& visit) {
  CAIRN_TRY(const format::RecipeHeader header, format::recipe_header(entry.recipe, fetch));
  if (header.size_bytes != entry.size_bytes) return wrong_list(entry);
  const auto leaf = [&](const ChunkId&, const std::vector<format::ChunkRef>& chunks) -> Status {
    for (const format::ChunkRef& chunk : chunks) {
      if (!is_chunk_length(chunk.length)) return wrong_list(entry);
      CAIRN_CHECK(visit(chunk));
    }
    return {};
  };
  CAIRN_CHECK(format::walk_recipe(entry.recipe, fetch, leaf));
  return {};
}

}  // namespace

Status for_each_chunk(const format::ManifestEntry& entry, const format::PageFetch& fetch,
                      const std::function<Status(const format::ChunkRef&)>& visit) {
  if (entry.type != format::EntryType::kFile || entry.size_bytes == 0) return {};
  if (entry.has_recipe) return visit_recipe(entry, fetch, visit);
  if (entry.chunks.empty()) {
    if (entry.size_bytes > format::kMaxChunkBytes) return wrong_list(entry);
    return visit({entry.file_id.as<ChunkId>(), static_cast<std::uint32_t>(entry.size_bytes)});
  }
  std::uint64_t total = 0;
  for (const format::ChunkRef& chunk : entry.chunks) {
    if (!is_chunk_length(chunk.length)) return wrong_list(entry);
    total += chunk.length;
  }
  if (total != entry.size_bytes) return wrong_list(entry);
  for (const format::ChunkRef& chunk : entry.chunks) CAIRN_CHECK(visit(chunk));
  return {};
}

Status stream_range(const Context& context, const store::Store& store,
                    const format::ManifestEntry& entry, std::uint64_t offset, std::uint64_t length,
                    const std::function<Status(base::ByteView)>& sink) {
  const std::uint64_t end =
      offset + std::min(length, entry.size_bytes - std::min(offset, entry.size_bytes));
  store::ChunkReader reader(store);
  std::uint64_t at = 0;
  return for_each_chunk(
      entry, store::page_fetch(store), [&](const format::ChunkRef& chunk) -> Status {
        const std::uint64_t start = at;
        at += chunk.length;
        if (at <= offset || start >= end) return {};
        CAIRN_CHECK(base::check_stop(context));
        CAIRN_TRY(const base::ByteView bytes, reader.read(chunk.id, store::Verify::kChunk));
        if (bytes.size() != chunk.length) return wrong_list(entry);
        const std::uint64_t first = std::max(start, offset) - start;
        return sink(bytes.subspan(first, std::min(at, end) - start - first));
      });
}

}  // namespace cairn::workdir
