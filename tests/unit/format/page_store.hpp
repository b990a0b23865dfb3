// Pages in memory: what a builder emits and a walker fetches, with counts of both.
#pragma once

#include <map>

#include "format/tree.hpp"
#include "unit/format/refusals.hpp"

namespace cairn::format {

class PageStore {
 public:
  PageSink sink() {
    return [this](const ChunkId& id, base::Bytes page) -> Status {
      EXPECT_EQ(crypto::sha256(page).as<ChunkId>(), id);
      ++emitted;
      pages[id] = std::move(page);
      return {};
    };
  }
  PageFetch fetch() {
    return [this](const ChunkId& id) -> Result<base::Bytes> {
      ++fetched;
      const auto at = pages.find(id);
      if (at == pages.end()) return Error(Code::kMissing, "no such page");
      return at->second;
    };
  }
  // Any bytes as a page under their id.
  ChunkId put(base::Bytes page) {
    const auto id = crypto::sha256(page).as<ChunkId>();
    pages[id] = std::move(page);
    return id;
  }

  std::map<ChunkId, base::Bytes> pages;
  int emitted = 0;
  int fetched = 0;
};

inline Result<TreeTop> build_manifest(PageStore& store, const std::vector<ManifestEntry>& entries) {
  ManifestBuilder builder(store.sink());
  for (const ManifestEntry& entry : entries) CAIRN_CHECK(builder.add(entry));
  return builder.finish();
}

inline Result<TreeTop> build_recipe(PageStore& store, const std::vector<ChunkRef>& chunks) {
  RecipeBuilder builder({}, store.sink());
  for (const ChunkRef& chunk : chunks) CAIRN_CHECK(builder.add(chunk));
  return builder.finish();
}

// All entries in order, with a summary line for each page: "level:entries", '^' after the top's.
struct Walked {
  std::vector<ManifestEntry> entries;
  std::vector<ChunkRef> chunks;
  std::vector<std::string> pages;
  std::vector<ChunkId> leaves;
};
inline PageVisit page_lines(Walked& walked) {
  return [&walked](const ChunkId&, const PageHeader& header) -> Status {
    walked.pages.push_back(std::to_string(header.level) + ":" + std::to_string(header.entries) +
                           (header.top ? "^" : ""));
    return {};
  };
}
inline Result<Walked> walk_all(PageStore& store, const ChunkId& top) {
  Walked walked;
  const ManifestLeafVisit visit = [&](const ChunkId& id,
                                      const std::vector<ManifestEntry>& entries) -> Status {
    walked.leaves.push_back(id);
    walked.entries.insert(walked.entries.end(), entries.begin(), entries.end());
    return {};
  };
  CAIRN_CHECK(walk_manifest(top, store.fetch(), visit, {}, page_lines(walked)));
  return walked;
}
inline Result<Walked> walk_all_chunks(PageStore& store, const ChunkId& top) {
  Walked walked;
  const RecipeLeafVisit visit = [&](const ChunkId& id,
                                    const std::vector<ChunkRef>& chunks) -> Status {
    walked.leaves.push_back(id);
    walked.chunks.insert(walked.chunks.end(), chunks.begin(), chunks.end());
    return {};
  };
  CAIRN_CHECK(walk_recipe(top, store.fetch(), visit, page_lines(walked)));
  return walked;
}

inline ManifestEntry sample_file(std::string path, std::uint64_t size_bytes = 1000) {
  ManifestEntry entry;
  entry.path = std::move(path);
  entry.size_bytes = size_bytes;
  entry.file_id = size_bytes == 0 ? crypto::sha256({}).as<FileId>() : sample_id<FileId>(entry.path);
  return entry;
}

}  // namespace cairn::format
