// Pages of recipes: one that is accepted is the one that would be written again; walking ends
// whatever it is given.
#include "format/page_rules.hpp"
#include "format/tree.hpp"
#include "fuzzing.hpp"

namespace {

using namespace cairn;

base::Bytes encoded(const format::RecipePage& page) {
  base::ByteWriter out;
  format::encode_page_header(page.header, out);
  if (page.header.top) format::encode_recipe_header(page.recipe, out);
  for (const auto& chunk : page.entries) {
    out.id(chunk.id);
    out.u32(chunk.length);
  }
  for (const auto& child : page.children) {
    out.id(child.page);
    out.u64(child.a);
    out.u64(child.b);
  }
  return std::move(out).take();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size_bytes) {
  const base::Bytes bytes(data, data + size_bytes);
  const auto page = format::decode_recipe_page(bytes);
  if (!page.ok()) return 0;
  fuzz::require(encoded(*page) == bytes, "the same page");
  const format::PageFetch fetch = [&](const ChunkId&) -> Result<base::Bytes> { return bytes; };
  std::uint64_t size = 0;
  const auto header =
      format::walk_recipe({}, fetch, [&](const ChunkId&, const auto& leaf) -> Status {
        for (const auto& chunk : leaf) size += chunk.length;
        return {};
      });
  fuzz::require(header.ok() == (page->header.top && page->header.level == 0),
                "a tree of one page is its top");
  fuzz::require(!header.ok() || header->size_bytes == size, "sizes that add up");
  return 0;
}
