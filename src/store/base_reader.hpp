// BaseReader: the plain bytes of the chunks that differences and patches are based on. A base is
// taken only from a copy that has no base itself, and only when its bytes are those of its id, so
// chains and cycles can't occur whatever the packs say. For one thread.
#pragma once

#include <deque>
#include <functional>
#include <span>
#include <vector>

#include "base/bytes.hpp"
#include "cairn/result.hpp"
#include "format/record_rules.hpp"
#include "store/store.hpp"

namespace cairn::store {

class RecordSource;

// A good copy that needs no base.
bool has_plain_copy(const Catalogue& catalogue, const ChunkId& id);

class BaseReader {
 public:
  explicit BaseReader(const Store& store);
  ~BaseReader();
  BaseReader(const BaseReader&) = delete;
  BaseReader& operator=(const BaseReader&) = delete;

  // In the order of `ids`; valid until the next call. kMissing, naming the base, when no copy of
  // one can be read; what was found damaged on the way is marked.
  Result<std::span<const base::ByteView>> read(std::span<const ChunkId> ids);
  // The same for one base into `out`, of its length; not kept for a later call.
  Status read_into(const ChunkId& id, std::span<std::uint8_t> out);

 private:
  struct Known {
    ChunkId id;
    base::Bytes plain;
  };
  using TakeCopy = std::function<Result<base::ByteView>(const ChunkPlace& place)>;
  Result<base::ByteView> read_one(const ChunkId& id);
  const Known* recall(const ChunkId& id);
  RecordSource& source();
  Status take_good_copy(const ChunkId& id, const TakeCopy& take);
  bool try_copies(const ChunkId& id, const TakeCopy& take, bool& pack_gone);
  bool try_copy(const ChunkId& id, const ChunkPlace& place, const TakeCopy& take, bool& pack_gone);

  const Store& store_;
  Catalogue& catalogue_;
  std::unique_ptr<RecordSource> source_;  // made at first use: most chunks have no base
  std::deque<Known> known_;               // newest first, kept for neighbours with the same base
  std::vector<base::ByteView> views_;
};

}  // namespace cairn::store
