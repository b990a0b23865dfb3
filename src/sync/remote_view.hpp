// RemoteView: what one operation knows of a remote: its configuration, which packs are there, which
// are condemned, which records are damaged, and roots. Filled by explicit reads, because their
// order is the protocol.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/bytes.hpp"
#include "cairn/context.hpp"
#include "cairn/remote.hpp"
#include "format/remote_objects.hpp"

namespace cairn::sync {

class PageCache;

struct SeenRoot {
  format::Root root;
  base::Bytes bytes;
};

class RemoteView {
 public:
  // Both outlive the view.
  RemoteView(const Context& context, Remote& remote) : context_(context), remote_(remote) {}

  [[nodiscard]] const Context& context() const { return context_; }
  [[nodiscard]] Remote& remote() const { return remote_; }

  // Pages of root tables and locators that need not be asked for; null: all are. It outlives the
  // view.
  void use_cache(PageCache* pages) { pages_ = pages; }
  [[nodiscard]] PageCache* cache() const { return pages_; }

  // False when there is no cairn.json. kTooNew, kCorrupt.
  Result<bool> read_config();

  // LIST gc/ and GET the lists not read before (they are written once). A list that cannot be read
  // is an error.
  Status read_condemned();
  // LIST bad/.
  Status read_bad();
  // LIST packs/, unless that was done since forget_packs(). The packs that are there are known
  // afterwards.
  Status need_packs();
  void forget_packs() {
    packs_.clear();
    packs_listed_ = false;
  }
  // A pack that this operation has put, or found by other means.
  void note_pack(const PackId& id, std::uint64_t size_bytes) { packs_[id] = size_bytes; }

  [[nodiscard]] bool is_condemned(const PackId& id) const { return condemned_.count(id) != 0; }
  [[nodiscard]] bool any_condemned() const { return !condemned_.empty(); }
  // Listed, and long enough to hold the record.
  [[nodiscard]] bool is_present(const PackId& id, std::uint64_t record_end) const;
  [[nodiscard]] std::optional<std::uint64_t> pack_size(const PackId& id) const;
  [[nodiscard]] std::vector<PackId> listed_packs() const;
  // A copy that may be relied on: present, never condemned, neither it nor its pack marked as
  // damaged.
  [[nodiscard]] bool counts(const PackId& id, std::uint32_t offset, std::uint32_t bytes) const;
  [[nodiscard]] bool counts(const format::Place& place) const {
    return counts(place.pack, place.record_offset, place.record_bytes);
  }
  // The record itself is marked as damaged, whatever is said of its pack.
  [[nodiscard]] bool is_bad_record(const PackId& id, std::uint32_t offset) const;
  // Header or footer are: its table finds nothing. What a root tells the place of may be right.
  [[nodiscard]] bool is_bad_pack(const PackId& id) const {
    return is_bad_record(id, format::kWholePack);
  }

  // Nothing when there is no root. kCorrupt when it is not this version's root.
  Result<std::optional<SeenRoot>> read_root(const std::string& project,
                                            const Digest& closure) const;

 private:
  const Context& context_;
  Remote& remote_;
  PageCache* pages_ = nullptr;
  std::unordered_set<std::string> read_lists_;
  std::unordered_set<PackId> condemned_;
  std::unordered_map<PackId, std::vector<std::uint32_t>> bad_;
  std::unordered_map<PackId, std::uint64_t> packs_;
  bool packs_listed_ = false;
};

// The root of a version, nothing where there is none, or why it is of no use.
using RootAnswer = Result<std::optional<SeenRoot>>;
// Of many versions, in their order, asked for at the same time. What is_gone_or_damaged() does not
// explain is an error of the whole.
Result<std::vector<RootAnswer>> read_roots(const RemoteView& view, const std::string& project,
                                           std::span<const Digest> closures);

// "packs/ab/<pack id>" back to the id.
std::optional<PackId> pack_of_key(std::string_view key);

// GET of a small object; nothing when it is absent.
Result<std::optional<base::Bytes>> get_if_exists(const Context& context, Remote& remote,
                                                 const std::string& key, std::size_t max_bytes);

// prepare_remote() on a view at hand.
enum class MayCreate { kNo, kYes };
Status prepare(RemoteView& view, MayCreate may_create);
// What it says of a remote without a configuration.
Error no_remote_here(const Remote& remote);

inline bool is_gone_or_damaged(const Error& error) {
  return error.code() == Code::kMissing || error.code() == Code::kCorrupt;
}

}  // namespace cairn::sync
