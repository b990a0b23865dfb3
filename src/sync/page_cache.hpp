// PageCache: pages of root tables and locators that this machine sent to a remote or read from one,
// by their ids, in a small store of its own. It spares asking for them again. It says nothing about
// what is on a remote now: the packs that its pages name are looked for as if the page had just
// come. For one thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/bytes.hpp"
#include "base/system.hpp"
#include "cairn/context.hpp"
#include "store/chunk_reader.hpp"
#include "store/store.hpp"

namespace cairn::sync {

class PageCache {
 public:
  struct Limits {
    std::size_t begin_bytes = std::size_t{64} << 10;  // less is not worth the first write
    std::uint64_t stored_bytes = std::uint64_t{128} << 20;
  };
  // The one of a store, in a folder of it. Nothing is opened before the first question.
  PageCache(const Context& context, const store::Store& beside, const Limits& limits);
  PageCache(const Context& context, const store::Store& beside)
      : PageCache(context, beside, Limits()) {}
  PageCache(const PageCache&) = delete;
  PageCache& operator=(const PageCache&) = delete;

  // The page, hashed; nothing when it is not here or not whole.
  std::optional<base::Bytes> find(const ChunkId& id);
  // A page that was hashed; bounded, what is too much is written at once.
  void keep(const ChunkId& id, base::ByteView page);
  // Writes what is new and keeps to the limits: over them, only pages asked for or kept since the
  // cache was opened stay. What goes wrong is no fault of the command, and told with -v alone.
  void save();

 private:
  void open();
  Status write();
  Status append_fresh();
  Status prune();

  base::NullLog quiet_;  // of a cache, nobody needs to hear what is wrong with its packs
  const Context context_;
  Log& log_;
  const std::string directory_;
  const Limits limits_;
  bool opened_ = false;
  std::unique_ptr<store::Store> store_;
  std::optional<store::ChunkReader> reader_;
  std::vector<std::pair<ChunkId, base::Bytes>> fresh_;  // in the order they came
  std::unordered_map<ChunkId, std::size_t> fresh_at_;
  std::size_t fresh_bytes_ = 0;
  std::unordered_set<ChunkId> used_;
};

// Empties the cache of a store, on behalf of whoever needs its space.
Status drop_page_cache(const Context& context, const store::Store& beside);
// Where it lies.
std::string page_cache_directory(const store::Store& beside);

}  // namespace cairn::sync
