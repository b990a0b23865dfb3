// Building and walking paged trees. The builder gets entries in order and emits every page through
// a sink; the walker gets pages through a fetcher and yields entries in order. Neither does I/O by
// itself.
#pragma once

#include <functional>
#include <memory>

#include "format/page.hpp"

namespace cairn::format {

// Receives each finished page, children before parents; the id is the SHA-256 of its bytes.
using PageSink = std::function<Status(const ChunkId& id, base::Bytes page)>;
// Gives the plain bytes of a page; the implementation has checked them against the id.
using PageFetch = std::function<Result<base::Bytes>(const ChunkId& id)>;

struct TreeTop {
  ChunkId id;
  std::uint64_t a = 0;  // manifest: files; recipe: bytes
  std::uint64_t b = 0;  // manifest: bytes; recipe: chunks
};

class ManifestBuilder {
 public:
  explicit ManifestBuilder(PageSink sink);
  ~ManifestBuilder();
  // Entries in strictly ascending path order; anything else is a kCorrupt error.
  Status add(const ManifestEntry& entry);
  // Takes a page of another manifest over as it is, when that gives the same tree as adding its
  // entries one by one; false when it may not, and nothing was done. The page is not the last of
  // its level there; its paths follow those given before, and are no parents of others.
  Result<bool> take_page(unsigned level, const InnerEntry& page);
  Result<TreeTop> finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

class RecipeBuilder {
 public:
  RecipeBuilder(const chunk::GearParameters& gear, PageSink sink,
                std::uint16_t chunker = chunk::kGear1);
  ~RecipeBuilder();
  Status add(const ChunkRef& chunk);
  Result<TreeTop> finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// What a walker may skip: called with the path range (last path of the previous sibling, last path
// of this child]; return false to skip the whole child.
using ChildFilter = std::function<bool(std::string_view after, std::string_view upto)>;

// Called once per leaf, in order, with its page id.
using ManifestLeafVisit =
    std::function<Status(const ChunkId& leaf, const std::vector<ManifestEntry>& entries)>;
using RecipeLeafVisit =
    std::function<Status(const ChunkId& leaf, const std::vector<ChunkRef>& chunks)>;

// Called for every page (inner pages and leaves) before its entries, when given.
using PageVisit = std::function<Status(const ChunkId& page, const PageHeader& header)>;

// Checks between pages: kinds, levels, top flags, order across leaves, counts and sums against the
// parents.
Status walk_manifest(const ChunkId& top, const PageFetch& fetch, const ManifestLeafVisit& visit,
                     const ChildFilter& filter = {}, const PageVisit& on_page = {});
Result<RecipeHeader> walk_recipe(const ChunkId& top, const PageFetch& fetch,
                                 const RecipeLeafVisit& visit, const PageVisit& on_page = {});
// Only the header of the top page (chunker, size, count).
Result<RecipeHeader> recipe_header(const ChunkId& top, const PageFetch& fetch);

// Walks two manifests together and reports paths whose content differs; subtrees with equal page
// ids are not fetched.
struct ManifestChange {
  const ManifestEntry* before = nullptr;  // null: added
  const ManifestEntry* after = nullptr;   // null: removed
};
Status diff_manifests(const ChunkId& before, const ChunkId& after, const PageFetch& fetch,
                      const std::function<Status(const ManifestChange&)>& visit);

// Puts an entry in, in place of one of the same path, or takes one out.
struct ManifestEdit {
  std::string path;
  std::optional<ManifestEntry> entry;  // nothing: removed
};
// The manifest with these edits (ascending by path, each path once): the tree that building it anew
// gives, but only pages along the edits are read and emitted. Removing what is not there does
// nothing. The edits leave no path a parent of another: that is the caller's to know, and it is
// checked only near the edits.
Result<TreeTop> edit_manifest(const ChunkId& top, const std::vector<ManifestEdit>& edits,
                              const PageFetch& fetch, const PageSink& sink);

}  // namespace cairn::format
