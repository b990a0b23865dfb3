// What the tests of ingest and of writing versions share: a store, files with known content, and
// reading back.
#pragma once

#include <gtest/gtest.h>

#include <fcntl.h>

#include "base/file.hpp"
#include "chunk/gear.hpp"
#include "store/chunk_reader.hpp"
#include "store/ingest.hpp"
#include "unit/base/scratch.hpp"

namespace cairn::store {

// Reproducible bytes; `letters` limits them, so that few compress well and 256 not at all.
inline std::string make_text(std::size_t size, std::uint64_t seed, unsigned letters = 256) {
  std::string text(size, '\0');
  std::uint64_t state = seed * 0x9e3779b97f4a7c15U + 1;
  for (char& letter : text) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    letter = static_cast<char>((state >> 32) % letters);
  }
  return text;
}

// Cuts in one go over the whole file, as cairn-store(5) words it.
inline std::vector<std::uint32_t> plain_cuts(const std::string& text) {
  const chunk::GearParameters gear;
  if (text.size() <= gear.single_bytes)
    return text.empty() ? std::vector<std::uint32_t>() : std::vector{std::uint32_t(text.size())};
  std::vector<std::uint32_t> lengths;
  for (std::size_t at = 0; at < text.size(); at += lengths.back()) {
    lengths.push_back(
        static_cast<std::uint32_t>(chunk::gear_cut(base::view_of(text).subspan(at), gear)));
  }
  return lengths;
}

// From a context whose progress may be swapped.
struct IngestFixture {
  base::Scratch scratch;
  base::TestContext parts{2};
  Context context = parts.context;
  std::unique_ptr<Store> store;
  std::vector<SourceFile> sources;

  IngestFixture() {
    EXPECT_TRUE(Store::create(store_path()).ok());
    std::filesystem::create_directories(scratch / "in");
    reopen();
  }
  [[nodiscard]] std::string store_path() const { return scratch / "store"; }
  [[nodiscard]] std::string path_of(std::size_t index) const {
    return scratch / ("in/" + std::to_string(index));
  }

  void reopen() {
    store.reset();
    auto opened = Store::open(context, store_path(), Store::Access::kWrite);
    if (!opened.ok()) FAIL() << opened.error().message();
    store = *std::move(opened);
  }
  void add_source(const std::string& text) {
    base::put_file(path_of(sources.size()), text);
    sources.push_back({path_of(sources.size()), text.size()});
  }
  [[nodiscard]] OpenSource opener() const {
    return [this](std::size_t index) { return base::open_read(sources[index].path); };
  }

  // Stores all sources and commits; the files as visited.
  Result<std::vector<StoredFile>> ingest(const IngestOptions& options = {}) {
    return ingest(options, opener());
  }
  Result<std::vector<StoredFile>> ingest(const IngestOptions& options, const OpenSource& open) {
    CAIRN_TRY(auto session, Session::begin(context, *store));
    std::vector<StoredFile> files;
    const auto visit = [&](std::size_t index, const StoredFile& file) -> Status {
      EXPECT_EQ(index, files.size());
      files.push_back(file);
      return {};
    };
    CAIRN_CHECK(ingest_files(context, *store, session.get(), sources, options, open, visit));
    totals = session->totals();
    CAIRN_CHECK(session->commit());
    return files;
  }
  Session::Totals totals;

  std::vector<format::ChunkRef> chunks_of(const StoredFile& file) {
    std::vector<format::ChunkRef> chunks = file.chunks;
    if (!file.recipe) return chunks;
    const auto leaf = [&](const ChunkId&, const std::vector<format::ChunkRef>& some) -> Status {
      chunks.insert(chunks.end(), some.begin(), some.end());
      return {};
    };
    const auto header = format::walk_recipe(*file.recipe, page_fetch(*store), leaf);
    EXPECT_TRUE(header.ok());
    EXPECT_EQ(header.ok() ? header->size_bytes : 0, file.size_bytes);
    return chunks;
  }

  std::string read_back(const StoredFile& file) {
    ChunkReader reader(*store);
    std::string text;
    for (const format::ChunkRef& chunk : chunks_of(file)) {
      const auto bytes = reader.read(chunk.id, Verify::kChunk);
      if (!bytes.ok()) return "unreadable: " + bytes.error().message();
      text += base::text_of(*bytes);
    }
    return text;
  }
};

}  // namespace cairn::store
