// Passing: fetching versions of which nothing is kept. Pages stay in memory; the bytes of wanted
// chunks go to a sink as they come.
#pragma once

#include <unordered_map>

#include "sync/arrivals.hpp"

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

class ChunkSink {
 public:
  virtual ~ChunkSink() = default;
  // Wanted, and not landed yet. From any thread.
  [[nodiscard]] virtual bool lacks(const ChunkId& id) const = 0;
  // Its bytes are hashed by settle(), in one pass with something else, and by nobody before. From
  // any thread.
  [[nodiscard]] virtual bool hashes(const ChunkId& id) const = 0;
  // Takes the bytes of a chunk, which were hashed unless hashes(id). From many threads at once,
  // each id once, and again where settle() said no.
  virtual Status land(const ChunkId& id, base::ByteView bytes) = 0;
  // The same bytes again, on the calling thread, in the order of the version's files as far as the
  // places of records allow. False: they are not those of the chunk, which is wanted still.
  virtual Result<bool> settle(const ChunkId& id, base::ByteView bytes) = 0;
};

struct Passing {
  PageKeep& pages;
  const store::Store* beside = nullptr;  // its pages need not come
  ChunkSink* sink = nullptr;             // nothing: pages alone come
};
// Pages of `passing`, and of the store beside it. `passing` outlives it.
format::PageFetch pages_of(const Passing& passing);

// As fetch_versions(). With a sink it alone says which chunks come, whatever options.wants says;
// `missing` names files that lack some.
Result<FetchReport> pass_versions(const Context& context, const Passing& passing, Remote& remote,
                                  const std::vector<Version>& versions,
                                  const FetchOptions& options);

class PassingArrivals final : public Arrivals {
 public:
  PassingArrivals(const RemoteView& view, const Passing& passing)
      : Arrivals(view), passing_(passing) {}

  [[nodiscard]] Holdings holdings() const override;
  Status read(std::span<const WantedRecord> records, format::PackKind kind, Give give,
              const RecordVisit& visit) override;
  Status commit() override;

 protected:
  [[nodiscard]] bool holds(const ChunkId& id) const override;

 private:
  Status read_pages(std::span<const WantedRecord> records, const RecordVisit& visit);
  Status read_data(std::span<const WantedRecord> records, const RecordVisit& visit);

  const Passing& passing_;
};

}  // namespace cairn::sync
