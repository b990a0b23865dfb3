// FetchSource: a remote that one command reads from several times. Its configuration, and the roots
// and tables of versions, are read once.
#pragma once

#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "sync/page_cache.hpp"
#include "sync/remote_table.hpp"
#include "sync/request_counter.hpp"
#include "sync/request_threads.hpp"

namespace cairn::sync {

class FetchSource {
 public:
  // Both outlive it.
  FetchSource(const Context& context, Remote& remote)
      : threads_(context, remote), counter_(remote), view_(threads_.context(), counter_) {}
  FetchSource(const FetchSource&) = delete;
  FetchSource& operator=(const FetchSource&) = delete;

  // kMissing when it holds nothing of cairn's.
  Status prepare();
  // False when it holds nothing of cairn's.
  Result<bool> is_ready();

  // In their order, asked for at the same time; nothing where there is none. A root that is damaged
  // has no table, but still says that the version was pushed.
  Result<std::vector<std::optional<SeenRoot>>> roots(const std::string& project,
                                                     std::span<const Digest> closures);
  // As it is now.
  Result<std::optional<SeenRoot>> root_again(const std::string& project, const Digest& closure);
  // The tables of roots, in their order; one that cannot be read is its error.
  Result<std::vector<Result<RemoteTablePtr>>> tables(std::span<const format::Root> roots);

  // Pages that come are kept beside this store, and asked for there first.
  void keep_pages_beside(const store::Store& store);
  void save_pages();

  [[nodiscard]] RemoteView& view() { return view_; }
  [[nodiscard]] const RequestCounter& counter() const { return counter_; }

 private:
  Result<std::optional<SeenRoot>> note(const Digest& closure, Result<std::optional<SeenRoot>> root);

  const RequestThreads threads_;
  RequestCounter counter_;
  RemoteView view_;
  std::optional<PageCache> pages_;
  std::optional<bool> ready_;
  std::unordered_map<Digest, SeenRoot> roots_;
  std::vector<std::pair<ChunkId, std::shared_ptr<const RemoteTable>>> tables_;  // newest last
};

}  // namespace cairn::sync
