// ManifestBuilder and RecipeBuilder: the cut rules, and what is checked before an entry enters a
// tree.
#include <fmt/core.h>

#include "base/text.hpp"
#include "crypto/sha256.hpp"
#include "format/path_order.hpp"
#include "format/tree.hpp"
#include "format/tree_builder.hpp"

namespace cairn::format {
namespace {

constexpr unsigned kLeafPathBelow = 2;    // of 256: 128 entries on average
constexpr unsigned kInnerPathBelow = 64;  // of 65,536: 1,024 on average

bool has_ten_zero_bits(const ChunkId& id) { return id.bytes[0] == 0 && id.bytes[1] < 64; }

// Both kinds hand a page on in the same way.
Status emit_page(const PageSink& sink, InnerEntry& sum, base::Bytes page) {
  sum.page = crypto::sha256(page).as<ChunkId>();
  return sink(sum.page, std::move(page));
}

bool path_ends_leaf(std::string_view path) {
  return crypto::sha256(base::view_of(path)).bytes[0] < kLeafPathBelow;
}
bool path_ends_inner(std::string_view path, unsigned level) {
  const Digest digest = crypto::sha256(base::view_of(path));
  return (unsigned{digest.bytes[2 * level - 1]} << 8 | digest.bytes[2 * level]) < kInnerPathBelow;
}

struct ManifestTraits {
  using Leaf = ManifestEntry;
  using Child = InnerEntry;
  static constexpr PageKind kKind = PageKind::kManifest;
  static constexpr std::uint32_t kMaxLeaf = kMaxManifestLeafEntries;
  static constexpr std::uint32_t kMaxInner = kMaxManifestInnerEntries;

  static std::size_t leaf_bytes(const Leaf& leaf) { return manifest_entry_bytes(leaf); }
  static std::size_t child_bytes(const Child& child) { return 50 + child.last_path.size(); }
  static void put_leaf(const Leaf& leaf, base::ByteWriter& out) {
    encode_manifest_entry(leaf, out);
  }
  static void put_child(const Child& child, base::ByteWriter& out) {
    encode_manifest_inner(child, out);
  }
  static bool leaf_ends(const Leaf& leaf) { return path_ends_leaf(leaf.path); }
  static bool child_ends(const Child& child, unsigned level) {
    return path_ends_inner(child.last_path, level);
  }
  static bool count_leaf(Child& sum, const Leaf& leaf) { return count_entry(sum, leaf); }
  static bool count_child(Child& sum, const Child& child) {
    return format::count_child(sum, child);
  }
  static void put_leaf_prefix(base::ByteWriter&) {}
  static void put_top_prefix(const Child&, base::ByteWriter&) {}
  Status emit(Child& sum, base::Bytes page) const { return emit_page(sink, sum, std::move(page)); }

  PageSink sink;
};

struct RecipeTraits {
  using Leaf = ChunkRef;
  using Child = InnerEntry;
  static constexpr PageKind kKind = PageKind::kRecipe;
  static constexpr std::uint32_t kMaxLeaf = kMaxRecipeLeafEntries;
  static constexpr std::uint32_t kMaxInner = kMaxRecipeInnerEntries;

  static std::size_t leaf_bytes(const Leaf&) { return 36; }
  static std::size_t child_bytes(const Child&) { return 48; }
  static void put_leaf(const Leaf& leaf, base::ByteWriter& out) {
    out.id(leaf.id);
    out.u32(leaf.length);
  }
  static void put_child(const Child& child, base::ByteWriter& out) {
    out.id(child.page);
    out.u64(child.a);
    out.u64(child.b);
  }
  static bool leaf_ends(const Leaf& leaf) { return has_ten_zero_bits(leaf.id); }
  static bool child_ends(const Child& child, unsigned) { return has_ten_zero_bits(child.page); }
  static bool count_leaf(Child& sum, const Leaf& leaf) { return count_entry(sum, leaf); }
  static bool count_child(Child& sum, const Child& child) {
    return format::count_child(sum, child);
  }
  static void put_leaf_prefix(base::ByteWriter&) {}
  void put_top_prefix(const Child& sum, base::ByteWriter& out) const {
    encode_recipe_header({chunker, gear, sum.a, sum.b}, out);
  }
  Status emit(Child& sum, base::Bytes page) const { return emit_page(sink, sum, std::move(page)); }

  PageSink sink;
  chunk::GearParameters gear;
  std::uint16_t chunker = chunk::kGear1;
};

Error refuse_entry(const ManifestEntry& entry, std::string_view why) {
  return refuse("page", fmt::format("the entry \"{}\": {}", base::printable(entry.path), why));
}

}  // namespace

struct ManifestBuilder::State {
  explicit State(PageSink sink) : tree({std::move(sink)}) {}
  TreeBuilder<ManifestTraits> tree;
  PathOrder order;
};

ManifestBuilder::ManifestBuilder(PageSink sink)
    : state_(std::make_unique<State>(std::move(sink))) {}
ManifestBuilder::~ManifestBuilder() = default;

Status ManifestBuilder::add(const ManifestEntry& entry) {
  if (const auto fault = path_fault(entry.path)) return refuse_entry(entry, *fault);
  if (const char* fault = state_->order.next(entry.path)) return refuse_entry(entry, fault);
  if (const char* fault = manifest_entry_fault(entry)) return refuse_entry(entry, fault);
  return state_->tree.add(entry);
}

Result<bool> ManifestBuilder::take_page(unsigned level, const InnerEntry& page) {
  // Closed by a rule on its last path at every level, and not because the next entry was too large
  // for it: that one may be another here.
  bool ends = path_ends_leaf(page.last_path);
  for (unsigned i = 1; ends && i <= level; ++i) ends = path_ends_inner(page.last_path, i);
  if (!ends) return false;
  CAIRN_TRY(const bool taken, state_->tree.take_page(level, page));
  if (!taken) return false;
  if (const char* fault = state_->order.next(page.last_path))
    return refuse("page",
                  fmt::format("the page up to \"{}\": {}", base::printable(page.last_path), fault));
  return true;
}

Result<TreeTop> ManifestBuilder::finish() {
  CAIRN_TRY(const InnerEntry top, state_->tree.finish());
  return TreeTop{top.page, top.a, top.b};
}

struct RecipeBuilder::State {
  State(const chunk::GearParameters& gear, PageSink sink, std::uint16_t chunker)
      : tree({std::move(sink), gear, chunker}) {}
  TreeBuilder<RecipeTraits> tree;
  std::uint64_t chunks = 0;
};

RecipeBuilder::RecipeBuilder(const chunk::GearParameters& gear, PageSink sink,
                             std::uint16_t chunker)
    : state_(std::make_unique<State>(gear, std::move(sink), chunker)) {}
RecipeBuilder::~RecipeBuilder() = default;

Status RecipeBuilder::add(const ChunkRef& chunk) {
  if (chunk.length == 0 || chunk.length > kMaxChunkBytes) {
    return refuse("page", "a chunk of no bytes or above 1 MiB");
  }
  ++state_->chunks;
  return state_->tree.add(chunk);
}

Result<TreeTop> RecipeBuilder::finish() {
  if (state_->chunks < 2) return refuse("page", "a recipe of fewer than two chunks");
  CAIRN_TRY(const InnerEntry top, state_->tree.finish());
  return TreeTop{top.page, top.a, top.b};
}

}  // namespace cairn::format
