// Arrivals: the way of fetched records to where they are wanted. Nothing gets there that was not
// decoded and hashed. StoreArrivals puts them into a store; PassingArrivals (passing.hpp) hands
// them on.
#pragma once

#include <memory>
#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/backlog.hpp"
#include "store/session.hpp"
#include "sync/chunk_sink.hpp"
#include "sync/gaps.hpp"
#include "sync/record_reader.hpp"
#include "sync/remote_view.hpp"

namespace cairn::sync {

class Arrivals {
 public:
  Arrivals(const RemoteView& view, ChunkSink* sink) : view_(view), sink_(sink) {}
  virtual ~Arrivals() = default;
  Arrivals(const Arrivals&) = delete;
  Arrivals& operator=(const Arrivals&) = delete;

  // What needs not come.
  [[nodiscard]] virtual Holdings holdings() const = 0;
  // True when the chunk is not held; once for each id until the next commit.
  bool claim(const ChunkId& id) { return !holds(id) && under_way_.try_emplace(id, 0).second; }
  // For progress: a file is here when this claimed chunk is.
  void expect_file(const ChunkId& last);
  // What a sink counts itself.
  [[nodiscard]] std::uint64_t files_to_come() const { return sink_ ? sink_->files_to_come() : 0; }

  // Reads the records and takes what is good of them, but for those that are only to be seen;
  // `visit` may look at each.
  virtual Status read(std::span<const WantedRecord> records, format::PackKind kind, Give give,
                      const RecordVisit& visit) = 0;
  // Everything that arrived is held afterwards; what did not arrive may be claimed again.
  virtual Status commit() = 0;

  // Locators that came before; null: none, or it is not kept. Valid until the next call.
  [[nodiscard]] virtual const base::Bytes* locator(const ChunkId&) const { return nullptr; }
  virtual void keep_locator(const ChunkId&, base::ByteView) {}
  // True where the place of every wanted chunk is asked for, be it held or not.
  [[nodiscard]] virtual bool wants_places() const { return false; }
  virtual void note_place(const ChunkId&, const format::LocatorRecord&) {}

  // Why a chunk did not arrive, the last reason.
  [[nodiscard]] const std::unordered_map<ChunkId, Error>& faults() const { return faults_; }
  // Packs that cannot be read now.
  [[nodiscard]] const std::set<PackId>& archived() const { return archived_; }
  [[nodiscard]] std::uint64_t chunks() const { return chunks_; }
  [[nodiscard]] std::uint64_t plain_bytes() const { return plain_bytes_; }

 protected:
  [[nodiscard]] virtual bool holds(const ChunkId& id) const = 0;
  void count(const WantedRecord& wanted, const VerifiedRecord& record);
  [[nodiscard]] bool many_under_way() const;
  void forget_claims();
  [[nodiscard]] const RemoteView& view() const { return view_; }
  [[nodiscard]] ChunkSink* sink() const { return sink_; }  // may be null

 private:
  const RemoteView& view_;
  ChunkSink* const sink_;
  std::unordered_map<ChunkId, std::uint32_t> under_way_;  // and how many files end with it
  std::unordered_map<ChunkId, Error> faults_;
  std::set<PackId> archived_;
  std::uint64_t chunks_ = 0;
  std::uint64_t plain_bytes_ = 0;
};

// Into the store; committed in steps, so that an interrupted fetch goes on where it was. With a
// sink also to it, and then it alone says which chunks come: pages are here.
class StoreArrivals final : public Arrivals {
 public:
  StoreArrivals(const RemoteView& view, store::Store& store, ChunkSink* sink)
      : Arrivals(view, sink),
        store_(store),
        appending_(view.context().cpu, view.context().memory_bytes / 16) {}

  [[nodiscard]] Holdings holdings() const override;
  Status read(std::span<const WantedRecord> records, format::PackKind kind, Give give,
              const RecordVisit& visit) override;
  Status commit() override;
  [[nodiscard]] const base::Bytes* locator(const ChunkId& id) const override;
  void keep_locator(const ChunkId& id, base::ByteView bytes) override;

 protected:
  [[nodiscard]] bool holds(const ChunkId& id) const override {
    return sink() ? !sink()->lacks(id) : store_.has(id);
  }

 private:
  Status store_record(const WantedRecord& wanted, format::PackKind kind, VerifiedRecord& record);
  Status store_copy(const WantedRecord& wanted, format::PackKind kind,
                    const VerifiedRecord& record);
  Status checkpoint();

  store::Store& store_;
  mutable std::optional<base::Bytes> locator_;  // the last one asked for
  std::unique_ptr<store::Session> session_;     // begun when something arrives
  std::uint64_t uncommitted_bytes_ = 0;
  base::Backlog appending_;  // to the session
};

}  // namespace cairn::sync
