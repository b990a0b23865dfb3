// Journal: the packs that this machine has put on one remote and that no finished push has made use
// of yet. Kept on disk, so that an interrupted push goes on where it was, and during a push, so
// that a second plan finds what the first one uploaded. A cache: what is lost is uploaded again.
#pragma once

#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "cairn/result.hpp"
#include "format/pack.hpp"

namespace cairn::sync {

struct OwnPack {
  PackId id;
  std::uint64_t size_bytes = 0;
  format::PackKind kind = format::PackKind::kData;
  base::Bytes footer;
};

class Journal {
 public:
  // `directory` may be empty: then nothing outlives the process. `remote` names the remote, in any
  // words.
  Journal(const std::string& directory, const std::string& remote);

  // Finds what an interrupted push left; files that are damaged are removed.
  Status load();
  // Called before the pack is put: its answer may get lost.
  Status note(const OwnPack& pack, base::ByteView header);
  // The pack is named by an index object.
  void set_indexed(const PackId& id);
  // The push is over: nothing of it needs to be found again.
  void clear();

  [[nodiscard]] std::size_t size() const { return entries_.size(); }
  [[nodiscard]] const PackId& id(std::size_t at) const { return entries_[at].id; }
  [[nodiscard]] std::uint64_t size_bytes(std::size_t at) const { return entries_[at].size_bytes; }
  [[nodiscard]] bool indexed(std::size_t at) const { return entries_[at].indexed; }
  Result<OwnPack> read(std::size_t at) const;

 private:
  struct Entry {
    PackId id;
    std::uint64_t size_bytes = 0;
    bool indexed = false;
    base::Bytes content;  // only without a directory
  };
  [[nodiscard]] std::string path_of(const PackId& id) const;

  std::string directory_;
  std::vector<Entry> entries_;
};

}  // namespace cairn::sync
