// Root tables: every place that is accepted is possible; walking ends whatever it is given.
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
  for (const auto& entry : page->entries) {
    fuzz::require(possible(entry.place) && (!entry.locator || possible(entry.locator_place)),
                  "places in range");
  }
  for (const auto& child : page->children) fuzz::require(possible(child.place), "places in range");
  const format::PlacedFetch fetch =
      [&](const ChunkId&, const format::Place&) -> Result<base::Bytes> { return bytes; };
  const auto walked =
      format::walk_root_table({}, {}, fetch, [](const format::TableEntry&) { return Status(); });
  fuzz::require(walked.ok() == (page->header.top && page->header.level == 0),
                "a tree of one page is its top");
  return 0;
}
