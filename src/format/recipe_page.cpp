// Leaves and inner pages of recipes.
#include <fmt/core.h>

#include "chunk/structure_cuts.hpp"
#include "format/page.hpp"
#include "format/page_rules.hpp"
#include "format/refusal.hpp"

namespace cairn::format {
namespace {

constexpr std::size_t kGearWindowBytes = 64;

Result<RecipeHeader> decode_recipe_header(base::ByteReader& in) {
  RecipeHeader header;
  header.chunker = in.u16();
  const std::uint16_t reserved = in.u16();
  header.gear.min_bytes = in.u32();
  header.gear.max_bytes = in.u32();
  header.gear.single_bytes = in.u32();
  header.gear.threshold = in.u64();
  header.size_bytes = in.u64();
  header.chunk_count = in.u64();
  if (!in.ok()) return refuse("page", "its recipe header is cut short");
  if (header.chunker != chunk::kGear1 && header.chunker != chunk::kStructure1)
    return refuse_newer("page", fmt::format("chunker {}", header.chunker));
  if (reserved != 0) return refuse("page", "reserved bytes that are not zero");
  if (const char* fault = gear_fault(header.gear)) return refuse("page", fault);
  if (header.chunk_count < 2) return refuse("page", "a recipe of fewer than two chunks");
  return header;
}

Status decode_chunks(base::ByteReader& in, RecipePage& page, InnerEntry& sum) {
  if (in.remaining() != std::size_t{36} * page.header.entries)
    return refuse("page", "its length is not what its count says");
  page.entries.resize(page.header.entries);
  for (ChunkRef& chunk : page.entries) {
    chunk.id = in.id<ChunkId>();
    chunk.length = in.u32();
    if (chunk.length == 0 || chunk.length > kMaxChunkBytes)
      return refuse("page", "a chunk of no bytes or above 1 MiB");
    if (!count_entry(sum, chunk)) return refuse("page", "sizes that add up to 2^63 or more");
  }
  return {};
}

Status decode_children(base::ByteReader& in, RecipePage& page, InnerEntry& sum) {
  if (in.remaining() != std::size_t{48} * page.header.entries)
    return refuse("page", "its length is not what its count says");
  page.children.resize(page.header.entries);
  for (InnerEntry& child : page.children) {
    child.page = in.id<ChunkId>();
    child.a = in.u64();
    child.b = in.u64();
    const bool possible =
        child.b >= 1 && child.b <= child.a && (child.a - 1) / kMaxChunkBytes < child.b;
    if (!possible) return refuse("page", "a size that its number of chunks contradicts");
    if (!count_child(sum, child)) return refuse("page", "sizes that add up to 2^63 or more");
  }
  return {};
}

}  // namespace

const char* gear_fault(const chunk::GearParameters& gear) {
  const bool possible = gear.min_bytes >= kGearWindowBytes && gear.min_bytes < gear.max_bytes &&
                        gear.max_bytes <= kMaxChunkBytes && gear.single_bytes <= kMaxChunkBytes;
  return possible ? nullptr : "chunker parameters out of range";
}

void encode_recipe_header(const RecipeHeader& header, base::ByteWriter& out) {
  out.u16(header.chunker);
  out.u16(0);
  out.u32(header.gear.min_bytes);
  out.u32(header.gear.max_bytes);
  out.u32(header.gear.single_bytes);
  out.u64(header.gear.threshold);
  out.u64(header.size_bytes);
  out.u64(header.chunk_count);
}

Result<RecipePage> decode_recipe_page(base::ByteView bytes) {
  if (bytes.size() > kMaxPageBytes) return refuse("page", "larger than 1 MiB");
  base::ByteReader in(bytes);
  RecipePage page;
  CAIRN_TRY(page.header, decode_page_header(in, PageKind::kRecipe));
  CAIRN_CHECK(check_page_header(page.header, kMaxRecipeLeafEntries, kMaxRecipeInnerEntries));
  if (page.header.top) {
    CAIRN_TRY(page.recipe, decode_recipe_header(in));
  }
  InnerEntry sum;
  CAIRN_CHECK(page.header.level == 0 ? decode_chunks(in, page, sum)
                                     : decode_children(in, page, sum));
  if (page.header.top && (sum.a != page.recipe.size_bytes || sum.b != page.recipe.chunk_count)) {
    return refuse("page", "a recipe that does not add up to its size and chunk count");
  }
  return page;
}

bool count_entry(InnerEntry& sum, const ChunkRef& chunk) {
  return add_bounded(sum.a, chunk.length) && add_bounded(sum.b, 1);
}

InnerEntry sum_of(const RecipePage& page) {
  InnerEntry sum;
  bool fits = true;  // the decoder has refused sums that do not
  for (const ChunkRef& chunk : page.entries) fits = count_entry(sum, chunk) && fits;
  for (const InnerEntry& child : page.children) fits = count_child(sum, child) && fits;
  return fits ? sum : InnerEntry{};
}

}  // namespace cairn::format
