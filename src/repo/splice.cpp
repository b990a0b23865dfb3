#include "repo/splice.hpp"

#include <algorithm>

#include "repo/below.hpp"
#include "repo/materialise_plan.hpp"
#include "repo/tree_state.hpp"
#include "store/page_patches.hpp"

namespace cairn::repo {

namespace {

using Entries = std::vector<format::ManifestEntry>;

// What takes `here` to having the places as `there` has them.
std::vector<format::ManifestEdit> edits_of(const Entries& here, const Entries& there,
                                           const std::vector<std::string>& places) {
  const auto inside = [&](const std::string& path) {
    return std::ranges::any_of(places,
                               [&](const auto& place) { return is_at_or_below(path, place); });
  };
  // A file or empty folder where a place needs a folder with content.
  const auto in_the_way = [&](const std::string& path) {
    return std::ranges::any_of(places,
                               [&](const auto& place) { return place.starts_with(path + "/"); });
  };
  std::vector<format::ManifestEdit> edits;
  for (const auto& entry : here) {
    const bool stays =
        std::ranges::binary_search(there, entry.path, {}, &format::ManifestEntry::path);
    if ((inside(entry.path) && !stays) || in_the_way(entry.path)) edits.push_back({entry.path, {}});
  }
  for (const auto& entry : there) {
    if (inside(entry.path)) edits.push_back({entry.path, entry});
  }
  std::ranges::sort(edits, {}, &format::ManifestEdit::path);
  return edits;
}

bool names_folder(const format::Pointer& pointer) {
  return pointer.kind == format::Pointer::Kind::kFolder;
}

}  // namespace

Status Splices::splice(const Repository& repository, Selected& chosen) {
  auto& pointer = chosen.tracked.pointer;
  if (chosen.inside.empty()) return {};
  CAIRN_TRY(const auto here, repository.tracked_in_tree(chosen.tracked.path));
  if (!here || !names_folder(here->pointer) || !names_folder(pointer) ||
      here->pointer.oid == pointer.oid)
    return {};
  auto old_entries = load_entries(here->pointer, below_);
  if (!old_entries) return not_here(std::move(old_entries).error(), chosen.tracked.path);
  auto wanted = load_entries(pointer, below_);
  if (!wanted) return not_here(std::move(wanted).error(), chosen.tracked.path);
  CAIRN_CHECK(require_places(chosen, *wanted));
  Made made{here->pointer.oid.as<ChunkId>(), {}};
  const auto sink = [&](const ChunkId& id, const base::Bytes& page) -> Status {
    made.pages.emplace_back(id, page);
    return {};
  };
  CAIRN_TRY(const auto top,
            format::edit_manifest(made.before, edits_of(*old_entries, *wanted, chosen.inside),
                                  below_, sink));
  pointer = here->pointer;
  pointer.oid = top.id.as<Digest>();
  pointer.files = top.a;
  pointer.size_bytes = top.b;
  made_.push_back(std::move(made));
  return {};
}

format::PageFetch Splices::pages() const {
  return [this](const ChunkId& id) -> Result<base::Bytes> {
    for (const Made& made : made_) {
      const auto found =
          std::ranges::find(made.pages, id, [](const auto& page) { return page.first; });
      if (found != made.pages.end()) return found->second;
    }
    return below_(id);
  };
}

Result<std::unique_ptr<store::Session>> Splices::keep(const Context& context,
                                                      Repository& repository) const {
  if (made_.empty()) return std::unique_ptr<store::Session>();
  CAIRN_TRY(auto* store, repository.store(context, store::Store::Access::kWrite));
  CAIRN_TRY(auto session, store::Session::begin(context, *store));
  for (const Made& made : made_) {
    store::ManifestPatches pages(context, *store, *session, made.before);
    const auto sink = pages.sink();
    for (const auto& [id, page] : made.pages) CAIRN_CHECK(sink(id, page));
    pages.finish();
  }
  CAIRN_CHECK(session->commit());
  return session;
}

}  // namespace cairn::repo
