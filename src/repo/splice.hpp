// checkout REV -- FOLDER/PLACE: a version of a tracked folder that is the one here, with some
// places as another revision has them, as git does for files of its own.
#pragma once

#include <vector>

#include "format/tree.hpp"
#include "repo/repository.hpp"
#include "store/session.hpp"

namespace cairn::repo {

// The pages of such versions, until it is certain that they are wanted.
class Splices {
 public:
  // `pages` reads those of all versions; what is made here comes on top of it.
  explicit Splices(format::PageFetch pages) : below_(std::move(pages)) {}

  // Where places inside of a folder were asked for of another version than stands here: `chosen`
  // then names the version made of both. kUsage for a place that the other version does not have.
  Status splice(const Repository& repository, Selected& chosen);
  [[nodiscard]] format::PageFetch pages() const;
  // Into the store; whoever publishes the pointers holds the session until they stand.
  Result<std::unique_ptr<store::Session>> keep(const Context& context,
                                               Repository& repository) const;

 private:
  struct Made {
    ChunkId before;  // the top page of the version here
    std::vector<std::pair<ChunkId, base::Bytes>> pages;
  };
  format::PageFetch below_;
  std::vector<Made> made_;
};

}  // namespace cairn::repo
