// Passing: fetching versions of which nothing is kept. Pages stay in memory; the bytes of wanted
// chunks go to a sink as they come.
#pragma once

#include <unordered_map>

#include "sync/arrivals.hpp"
#include "sync/fetch_source.hpp"

namespace cairn::sync {

// Pages of the versions at hand. For one thread.
class PageKeep {
 public:
  void add(const ChunkId& id, base::ByteView page) {
    pages_.try_emplace(id, page.begin(), page.end());
  }
  [[nodiscard]] const base::Bytes* find(const ChunkId& id) const;

 private:
  std::unordered_map<ChunkId, base::Bytes> pages_;
};

// What the records of chunks take on the remote: their bytes, and those of their plain content.
struct FarPlace {
  std::uint32_t record_bytes = 0, plain_bytes = 0;
};
using FarPlaces = std::unordered_map<ChunkId, FarPlace>;

struct Passing {
  PageKeep& pages;
  const store::Store* beside = nullptr;  // its pages need not come
  ChunkSink* sink = nullptr;             // nothing: pages alone come
  // Where several calls read of one version: keeps its locators, and gets the places of all chunks
  // of wanted files.
  PageKeep* locators = nullptr;
  FarPlaces* places = nullptr;
};
// Pages of `passing`, and of the store beside it. `passing` outlives it.
format::PageFetch pages_of(const Passing& passing);

// As fetch_versions(). With a sink it alone says which chunks come, whatever options.wants says;
// `missing` names files that lack some.
Result<FetchReport> pass_versions(const Passing& passing, FetchSource& source,
                                  const std::vector<Version>& versions,
                                  const FetchOptions& options);

class PassingArrivals final : public Arrivals {
 public:
  PassingArrivals(const RemoteView& view, const Passing& passing)
      : Arrivals(view, passing.sink), passing_(passing) {}

  [[nodiscard]] Holdings holdings() const override;
  Status read(std::span<const WantedRecord> records, format::PackKind kind, Give give,
              const RecordVisit& visit) override;
  Status commit() override;

  [[nodiscard]] const base::Bytes* locator(const ChunkId& id) const override;
  void keep_locator(const ChunkId& id, base::ByteView bytes) override;
  [[nodiscard]] bool wants_places() const override { return passing_.places != nullptr; }
  void note_place(const ChunkId& id, const format::LocatorRecord& record) override;

 protected:
  [[nodiscard]] bool holds(const ChunkId& id) const override;

 private:
  Status read_pages(std::span<const WantedRecord> records, const RecordVisit& visit);
  Status read_data(std::span<const WantedRecord> records, const RecordVisit& visit);

  const Passing& passing_;
};

}  // namespace cairn::sync
