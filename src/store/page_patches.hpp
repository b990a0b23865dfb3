// PagePatches: stores the pages of a tree that has an earlier version, as patches of its pages
// where that takes much less and reading them does not cost much more.
#pragma once

#include <unordered_set>

#include "store/base_chunks.hpp"
#include "store/earlier_pages.hpp"

namespace cairn::store {

// For the pages of one tree, from one thread.
class PagePatches {
 public:
  // `chunks` and `session` outlive this.
  PagePatches(BaseChunks& chunks, Session& session, EarlierPagesPtr earlier);

  // Stores the page unless it is there already.
  Status put(const ChunkId& id, base::Bytes page);

 private:
  struct Bases {
    std::vector<BaseChunkPtr> chunks;
    std::size_t best = 0;  // has the most of the page
  };
  Result<EncodedRecord> encode(const HashedChunk& chunk,
                               const std::shared_ptr<const base::Bytes>& page);
  Bases choose(base::ByteView page);
  void earn(double plain_bytes);
  // Whether a patch of that many bytes is to be stored: not when it takes more than the mean of its
  // group, nor when reading the version would take much more with its bases than without.
  bool accept(const Bases& bases, std::size_t page_bytes, std::uint32_t stored_bytes);

  BaseChunks& chunks_;
  Session& session_;
  const EarlierPagesPtr earlier_;
  codec::Encoder encoder_;
  std::unordered_set<ChunkId> read_;   // bases of the pages so far
  std::optional<double> spare_bytes_;  // that reading bases may still cost
  bool earns_ = false;                 // each page adds to that
};

// A sink for the pages of one tree.
format::PageSink patching_sink(BaseChunks& chunks, Session& session, EarlierPagesPtr earlier);

// The pages of a manifest on top of those of one with this top page.
class ManifestPatches {
 public:
  // All outlive this.
  ManifestPatches(const Context& context, const Store& store, Session& session,
                  const ChunkId& earlier);
  ManifestPatches(const ManifestPatches&) = delete;
  ManifestPatches& operator=(const ManifestPatches&) = delete;

  [[nodiscard]] format::PageSink sink() { return sink_; }
  // When all pages have been given: what was learnt helps later versions.
  void finish() { bases_.groups().save(); }

 private:
  BaseChunks bases_;
  format::PageSink sink_;
};

}  // namespace cairn::store
