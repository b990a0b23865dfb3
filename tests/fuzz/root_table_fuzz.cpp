// Root tables: every place that is accepted is possible; walking ends whatever it is given.
#include <algorithm>

#include "format/root_table_page.hpp"
#include "fuzzing.hpp"

namespace {

using namespace cairn;

bool possible(const format::Place& place) {
  return place.record_offset >= 64 &&
         std::uint64_t{place.record_offset} + place.record_bytes < (std::uint64_t{1} << 32) &&
         place.length >= 1 && std::uint64_t{place.offset} + place.length <= (1U << 20);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size_bytes) {
  const base::Bytes bytes(data, data + size_bytes);
  const auto page = format::decode_root_table_page(bytes);
  if (!page.ok()) return 0;
  for (const auto& [entry, is_base] : page->slots) {
    fuzz::require(possible(entry.place) && (!entry.locator || possible(entry.locator_place)),
                  "places in range");
  }
  for (const auto& child : page->children) fuzz::require(possible(child.place), "places in range");
  const format::PlacedFetch fetch =
      [&](const ChunkId&, const format::Place&) -> Result<base::Bytes> { return bytes; };
  const auto walked =
      format::walk_root_table({}, {}, fetch, [](const format::TableEntry&) { return Status(); });
  const auto is_base = [](const format::RootTableSlot& slot) { return slot.is_base; };
  const bool one_page = page->header.top && page->header.level == 0;
  fuzz::require(!walked.ok() || one_page, "a tree of one page is its top");
  fuzz::require(walked.ok() == one_page || std::ranges::any_of(page->slots, is_base),
                "every such tree can be walked, if its bases have pages");
  fuzz::require(!walked.ok() || !page->slots.back().is_base, "the last base has its page");
  return 0;
}
