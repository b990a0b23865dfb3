#include "repo/partial.hpp"

#include <algorithm>

#include "repo/tree_state.hpp"

namespace cairn::repo {

Result<PartialView> PartialView::of(const Repository& repository, const Tracked& tracked,
                                    const format::PageFetch& pages) {
  CAIRN_TRY(auto cache, workdir::StatCache::load(repository.state_directory(), tracked.path));
  return of(std::make_shared<const workdir::StatCache>(std::move(cache)), tracked, pages);
}

Result<PartialView> PartialView::of(const workdir::StatCache& cache, const Tracked& tracked,
                                    const format::PageFetch& pages) {
  return of(std::shared_ptr<const workdir::StatCache>(std::shared_ptr<void>(), &cache), tracked,
            pages);
}

Result<PartialView> PartialView::of(std::shared_ptr<const workdir::StatCache> cache,
                                    const Tracked& tracked, const format::PageFetch& pages) {
  PartialView view;
  view.tracked_ = tracked;
  view.cache_ = std::move(cache);
  if (!view.partial() || !view.version_changed()) return view;
  // The state knows the version by its id alone, so there is no pointer to hold the list against.
  const auto leaf = [&](const ChunkId&,
                        const std::vector<format::ManifestEntry>& entries) -> Status {
    for (const auto& entry : entries) view.old_.push_back(entry.path);
    return {};
  };
  const auto walked = format::walk_manifest(view.cache_->oid().as<ChunkId>(), pages, leaf);
  view.old_known_ = walked.ok();
  if (walked) return view;
  view.old_.clear();
  // Then nothing is taken for new.
  if (walked.error().code() != Code::kMissing) return walked.error();
  return view;
}

std::string_view PartialView::inside(std::string_view path) const {
  return path.size() > tracked_.path.size() ? path.substr(tracked_.path.size() + 1)
                                            : std::string_view();
}

bool PartialView::was_here(std::string_view path) const {
  std::size_t hint = 0;
  return cache_->knows(inside(path), hint);
}

bool PartialView::has_files_in(std::string_view folder) const {
  std::size_t at = 0;
  const auto prefix = folder.empty() ? std::string() : std::string(folder) + "/";
  (void)cache_->knows(prefix, at);  // `at` is where such paths start
  for (; at < cache_->size() && cache_->path(at).starts_with(prefix); ++at) {
    if (cache_->path(at).find('/', prefix.size()) == std::string_view::npos) return true;
  }
  return false;
}

bool PartialView::belongs(std::string_view path) const {
  if (was_here(path)) return true;
  const auto name = inside(path);
  if (!old_known_ || std::ranges::binary_search(old_, name, std::less<>())) return false;
  const auto cut = name.rfind('/');
  return has_files_in(cut == std::string_view::npos ? std::string_view() : name.substr(0, cut));
}

}  // namespace cairn::repo
