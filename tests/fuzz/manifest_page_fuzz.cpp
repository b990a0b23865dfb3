// Pages of manifests: one that is accepted is the one that would be written again; walking ends
// whatever it is given.
#include "format/page_rules.hpp"
#include "format/tree.hpp"
#include "fuzzing.hpp"

namespace {

using namespace cairn;

base::Bytes encoded(const format::ManifestPage& page) {
  base::ByteWriter out;
  format::encode_page_header(page.header, out);
  for (const auto& entry : page.entries) format::encode_manifest_entry(entry, out);
  for (const auto& child : page.children) format::encode_manifest_inner(child, out);
  return std::move(out).take();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size_bytes) {
  const base::Bytes bytes(data, data + size_bytes);
  const auto page = format::decode_manifest_page(bytes);
  if (!page.ok()) return 0;
  fuzz::require(encoded(*page) == bytes, "the same page");
  const format::InnerEntry sum = format::sum_of(*page);
  fuzz::require(sum.a <= format::kMaxTotalBytes && sum.b <= format::kMaxTotalBytes,
                "sums in range");
  const format::PageFetch fetch = [&](const ChunkId&) -> Result<base::Bytes> { return bytes; };
  std::size_t entries = 0;
  const auto walked =
      format::walk_manifest({}, fetch, [&](const ChunkId&, const auto& leaf) -> Status {
        entries += leaf.size();
        return {};
      });
  const bool whole = page->header.top && page->header.level == 0;
  fuzz::require(walked.ok() == whole, "a tree of one page is its top");
  fuzz::require(!whole || entries == page->header.entries, "every entry visited");
  return 0;
}
