// RecordWriter: encodes runs of new chunks on the pool and appends the records in the order of
// put(), whichever thread is at hand; a bounded number is under way.
#pragma once

#include <map>
#include <mutex>
#include <vector>

#include "base/cpu_pool.hpp"
#include "store/encode_run.hpp"

namespace cairn::store::detail {

class RecordWriter {
 public:
  RecordWriter(IngestRun& run, std::size_t limit);
  ~RecordWriter();
  RecordWriter(const RecordWriter&) = delete;
  RecordWriter& operator=(const RecordWriter&) = delete;

  // From one thread only. Waits, and helps, while `limit` runs are under way.
  Status put(ChunkRun chunks);
  Status finish();

 private:
  struct Task {
    std::uint64_t number;
    ChunkRun run;
  };
  struct Done {};
  Result<Done> encode(Task& task);
  Status deliver(std::uint64_t number, EncodedRun encoded);
  Status append(EncodedRun encoded);

  IngestRun& run_;
  const std::size_t limit_;
  std::uint64_t next_put_ = 0;
  const std::function<Result<Done>(Task&)> work_;

  std::mutex mutex_;
  std::map<std::uint64_t, EncodedRun> ready_;
  std::uint64_t next_append_ = 0;
  bool appending_ = false;

  std::shared_ptr<base::OrderedSlots<Task, Done>> slots_;  // last: its jobs use all of the above
};

}  // namespace cairn::store::detail
