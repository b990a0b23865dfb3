// Whether files of the version that was checked out here could be brought back once they are gone
// from the tree. An unmodified file usually can; not so when the store lost it and no remote has
// it.
#pragma once

#include <optional>
#include <set>
#include <vector>

#include "repo/repository.hpp"
#include "repo/tree_state.hpp"
#include "sync/gaps.hpp"

namespace cairn::repo {

// Whether all chunks of an entry are here; its recipe is read, no data.
Result<bool> has_data(const sync::Holdings& here, const format::ManifestEntry& entry);

// Tells what would be lost for good. What it has to know of other versions is read when the first
// file needs it, once for all that are asked about.
class LastCopies {
 public:
  LastCopies(const Repository& repository, const sync::Holdings& here)
      : repository_(repository), here_(here) {}

  // Of `nodes` (ascending places of files in `local` that are as the version checked out here has
  // them), those of which nothing else is known to have the data: neither is it here, with the list
  // that names it, nor does a version hold it that a remote was seen to have.
  Result<std::vector<std::size_t>> among(const LocalTree& local, std::vector<std::size_t> nodes);

 private:
  Result<bool> pushed(const Digest& closure);
  Result<const std::vector<Tracked>*> written();
  Result<const std::vector<Tracked>*> history();
  Result<bool> file_comes_back(const Digest& oid);
  Result<bool> any_comes_back(const std::vector<Tracked>& versions, const Digest& oid);
  Status strike_pushed(const std::vector<Tracked>& versions, const LocalTree& local,
                       std::vector<std::size_t>& nodes);

  const Repository& repository_;
  const sync::Holdings& here_;
  std::optional<std::set<Digest>> pushed_;
  std::optional<std::vector<Tracked>> written_, history_;
};

}  // namespace cairn::repo
