// A partly checked out folder stays so: which files of a version belong into it when no pattern
// says otherwise.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "repo/repository.hpp"
#include "store/chunk_reader.hpp"
#include "workdir/stat_cache.hpp"

namespace cairn::repo {

class PartialView {
 public:
  // The state of `tracked` in this work tree; `pages` reads the list of the version that was
  // checked out (when it is here).
  static Result<PartialView> of(const Repository& repository, const Tracked& tracked,
                                const format::PageFetch& pages);
  // The same of a state that is open already, and outlives it.
  static Result<PartialView> of(const workdir::StatCache& cache, const Tracked& tracked,
                                const format::PageFetch& pages);

  [[nodiscard]] bool partial() const { return cache_->partial(); }
  // Nothing of it is here, and now it was named: as if nobody had ever chosen.
  [[nodiscard]] bool is_begun_by(const Selected& item) const {
    return item.named && partial() && cache_->size() == 0;
  }
  // Another version was checked out here than the pointer names.
  [[nodiscard]] bool version_changed() const {
    return cache_->exists() && cache_->oid() != tracked_.pointer.oid;
  }
  // Paths from the repository root.
  [[nodiscard]] bool was_here(std::string_view path) const;
  // Was here, or came into the version since, into a folder that has files here.
  [[nodiscard]] bool belongs(std::string_view path) const;

 private:
  static Result<PartialView> of(std::shared_ptr<const workdir::StatCache> cache,
                                const Tracked& tracked, const format::PageFetch& pages);
  [[nodiscard]] std::string_view inside(std::string_view path) const;
  [[nodiscard]] bool has_files_in(std::string_view folder) const;

  Tracked tracked_;
  std::shared_ptr<const workdir::StatCache> cache_;
  bool old_known_ = false;
  std::vector<std::string> old_;  // paths of the version that was checked out, sorted
};

}  // namespace cairn::repo
