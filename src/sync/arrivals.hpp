// Arrivals: the way of fetched records into the local store. Nothing enters that was not decoded
// and hashed; what has entered is committed in steps, so that an interrupted fetch goes on where it
// was.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "store/session.hpp"
#include "sync/record_reader.hpp"
#include "sync/remote_view.hpp"

namespace cairn::sync {

class Arrivals {
 public:
  Arrivals(const RemoteView& view, store::Store& store) : view_(view), store_(store) {}

  // True when the chunk is not in the store; once for each id until the next commit.
  bool claim(const ChunkId& id) { return !store_.has(id) && under_way_.insert(id).second; }

  // Reads the records and stores what is good of them; `visit` may look at each as well.
  Status read(std::span<const WantedRecord> records, format::PackKind kind, Give give,
              const RecordVisit& visit);
  // Makes everything that arrived findable; what did not arrive may be claimed again.
  Status commit();

  // Why a chunk did not arrive, the last reason.
  [[nodiscard]] const std::unordered_map<ChunkId, Error>& faults() const { return faults_; }
  [[nodiscard]] std::uint64_t chunks() const { return chunks_; }
  [[nodiscard]] std::uint64_t plain_bytes() const { return plain_bytes_; }

 private:
  Status store_record(const WantedRecord& wanted, format::PackKind kind, VerifiedRecord& record);
  Status checkpoint();
  void count(const WantedRecord& wanted, const VerifiedRecord& record);

  const RemoteView& view_;
  store::Store& store_;
  std::unique_ptr<store::Session> session_;  // begun when something arrives
  std::unordered_set<ChunkId> under_way_;
  std::unordered_map<ChunkId, Error> faults_;
  std::uint64_t uncommitted_bytes_ = 0;
  std::uint64_t chunks_ = 0;
  std::uint64_t plain_bytes_ = 0;
};

}  // namespace cairn::sync
