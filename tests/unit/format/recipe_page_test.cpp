// Leaves and inner pages of recipes: what comes back, and every rule of one page.
#include "format/page_rules.hpp"
#include "unit/format/refusals.hpp"

namespace cairn::format {
namespace {

using base::Bytes;

RecipeHeader header_for(std::uint64_t size_bytes, std::uint64_t chunks) {
  RecipeHeader header;
  header.size_bytes = size_bytes;
  header.chunk_count = chunks;
  return header;
}

Bytes leaf(const std::vector<ChunkRef>& chunks, const RecipeHeader* top) {
  base::ByteWriter out;
  encode_page_header(
      {PageKind::kRecipe, 0, top != nullptr, static_cast<std::uint32_t>(chunks.size())}, out);
  if (top != nullptr) encode_recipe_header(*top, out);
  for (const ChunkRef& chunk : chunks) {
    out.id(chunk.id);
    out.u32(chunk.length);
  }
  return std::move(out).take();
}
Bytes inner(const std::vector<InnerEntry>& children, const RecipeHeader* top) {
  base::ByteWriter out;
  encode_page_header(
      {PageKind::kRecipe, 3, top != nullptr, static_cast<std::uint32_t>(children.size())}, out);
  if (top != nullptr) encode_recipe_header(*top, out);
  for (const InnerEntry& child : children) {
    out.id(child.page);
    out.u64(child.a);
    out.u64(child.b);
  }
  return std::move(out).take();
}

const std::vector<ChunkRef> kTwo = {{sample_id<ChunkId>("1"), 100},
                                    {sample_id<ChunkId>("2"), 1 << 20}};
const RecipeHeader kTwoHeader = header_for((1 << 20) + 100, 2);
const std::vector<InnerEntry> kChildren = {{sample_id<ChunkId>("page 1"), 4'000'000, 50, ""},
                                           {sample_id<ChunkId>("page 2"), 7, 7, ""}};
const RecipeHeader kChildrenHeader = header_for(4'000'007, 57);

TEST(RecipeLeaf, ComesBack) {
  const auto page = decode_recipe_page(leaf(kTwo, &kTwoHeader));
  ASSERT_TRUE(accepted(page));
  EXPECT_EQ(page->entries, kTwo);
  EXPECT_EQ(page->recipe.chunker, chunk::kGear1);
  EXPECT_EQ(page->recipe.gear, chunk::GearParameters());
  EXPECT_EQ(page->recipe.size_bytes, kTwoHeader.size_bytes);
  EXPECT_EQ(page->recipe.chunk_count, 2U);
  const auto below = decode_recipe_page(leaf(kTwo, nullptr));
  ASSERT_TRUE(accepted(below));
  EXPECT_EQ(below->entries, kTwo);
}

TEST(RecipeLeaf, RefusesTruncation) {
  expect_truncations_refused(leaf(kTwo, &kTwoHeader), decode_recipe_page);
  expect_truncations_refused(leaf(kTwo, nullptr), decode_recipe_page);
  EXPECT_TRUE(corrupt(decode_recipe_page(joined(leaf(kTwo, nullptr), Bytes(1))), "length"));
}

TEST(RecipeLeaf, HoldsItsCounts) {
  EXPECT_TRUE(corrupt(decode_recipe_page(leaf({}, nullptr)), "no entry"));
  EXPECT_TRUE(
      corrupt(decode_recipe_page(patched(leaf(kTwo, nullptr), 8, std::uint32_t{1})), "length"));
  EXPECT_TRUE(
      corrupt(decode_recipe_page(patched(leaf(kTwo, nullptr), 8, std::uint32_t{4096})), "length"));
  EXPECT_TRUE(corrupt(decode_recipe_page(patched(leaf(kTwo, nullptr), 8, std::uint32_t{4097})),
                      "too many"));
  EXPECT_TRUE(corrupt(decode_recipe_page(Bytes(kMaxPageBytes + 1)), "larger than 1 MiB"));
  EXPECT_TRUE(corrupt(decode_recipe_page(patched(leaf(kTwo, nullptr), 4, std::uint8_t{1})),
                      "another kind"));
}

TEST(RecipeLeaf, HoldsTheLengths) {
  const Bytes page = leaf(kTwo, nullptr);
  EXPECT_TRUE(corrupt(decode_recipe_page(patched(page, 16 + 32, std::uint32_t{0})), "no bytes"));
  EXPECT_TRUE(corrupt(decode_recipe_page(patched(page, 16 + 32, std::uint32_t{1 << 20 | 1})),
                      "above 1 MiB"));
}

TEST(RecipeTop, HoldsItsHeader) {
  const Bytes page = leaf(kTwo, &kTwoHeader);
  EXPECT_TRUE(too_new(decode_recipe_page(patched(page, 16, std::uint16_t{3})), "chunker 3"));
  EXPECT_TRUE(corrupt(decode_recipe_page(patched(page, 18, std::uint16_t{1})), "reserved"));
  EXPECT_TRUE(corrupt(decode_recipe_page(patched(page, 20, std::uint32_t{63})), "parameters"));
  EXPECT_TRUE(corrupt(decode_recipe_page(patched(page, 20, std::uint32_t{524'288})), "parameters"));
  EXPECT_TRUE(
      corrupt(decode_recipe_page(patched(page, 24, std::uint32_t{1 << 20 | 1})), "parameters"));
  EXPECT_TRUE(
      corrupt(decode_recipe_page(patched(page, 28, std::uint32_t{1 << 20 | 1})), "parameters"));
  EXPECT_TRUE(accepted(decode_recipe_page(patched(page, 32, std::uint64_t{1} << 40))));
  EXPECT_TRUE(corrupt(decode_recipe_page(patched(page, 40, std::uint64_t{7})), "add up"));
  EXPECT_TRUE(corrupt(decode_recipe_page(patched(page, 48, std::uint64_t{3})), "add up"));
  EXPECT_TRUE(
      corrupt(decode_recipe_page(patched(page, 48, std::uint64_t{1})), "fewer than two chunks"));
  const RecipeHeader one = header_for(100, 1);
  EXPECT_TRUE(corrupt(decode_recipe_page(leaf({kTwo[0]}, &one)), "fewer than two chunks"));
}

TEST(RecipeInner, ComesBack) {
  const auto page = decode_recipe_page(inner(kChildren, &kChildrenHeader));
  ASSERT_TRUE(accepted(page));
  ASSERT_EQ(page->children.size(), 2U);
  EXPECT_EQ(page->children[0].page, sample_id<ChunkId>("page 1"));
  EXPECT_EQ(page->children[0].a, 4'000'000U);
  EXPECT_EQ(page->children[0].b, 50U);
}

TEST(RecipeInner, HoldsItsRules) {
  expect_truncations_refused(inner(kChildren, &kChildrenHeader), decode_recipe_page);
  EXPECT_TRUE(corrupt(decode_recipe_page(joined(inner(kChildren, nullptr), Bytes(1))), "length"));
  EXPECT_TRUE(corrupt(decode_recipe_page(inner({kChildren[0]}, &kChildrenHeader)), "single child"));
  EXPECT_TRUE(accepted(decode_recipe_page(inner({kChildren[0]}, nullptr))));
  const auto with = [](std::uint64_t bytes, std::uint64_t chunks) {
    return decode_recipe_page(
        inner({kChildren[0], {sample_id<ChunkId>("x"), bytes, chunks, ""}}, nullptr));
  };
  EXPECT_TRUE(corrupt(with(0, 0), "contradicts"));
  EXPECT_TRUE(corrupt(with(1, 0), "contradicts"));
  EXPECT_TRUE(corrupt(with(1, 2), "contradicts"));
  EXPECT_TRUE(accepted(with(1 << 20, 1)));
  EXPECT_TRUE(corrupt(with((1 << 20) + 1, 1), "contradicts"));
  EXPECT_TRUE(corrupt(with(~std::uint64_t{0}, ~std::uint64_t{0}), "2^63"));
  EXPECT_TRUE(corrupt(with(kMaxTotalBytes, kMaxTotalBytes), "2^63"));
}

}  // namespace
}  // namespace cairn::format
