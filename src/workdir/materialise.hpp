// Writing versions into a directory: files are written to a temporary name beside their place,
// verified, and renamed; nothing outside the root is ever touched. Interrupted, it leaves old or
// new files only.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cairn/context.hpp"
#include "format/page.hpp"
#include "store/chunk_reader.hpp"
#include "workdir/scan.hpp"
#include "workdir/tree_root.hpp"

namespace cairn::workdir {

enum class LinkMode { kCopy, kReflink, kHardlink, kSymlink };
Result<LinkMode> parse_link_mode(std::string_view text);

// One thing to bring into place.
struct WriteItem {
  std::string path;             // below the root
  format::ManifestEntry entry;  // what to write there; entry.path is empty
};
WriteItem write_item(std::string path, const format::ManifestEntry& entry);

struct WriteOptions {
  LinkMode link = LinkMode::kCopy;
  bool sync = true;   // one syncfs at the end
  std::string notes;  // where to note the temporary files of this run; "": in the root
};

// Called on the calling thread, in item order, after the file stands under its final name.
using WrittenVisit = std::function<Status(std::size_t index, const StatKey& stat)>;

std::vector<const WriteItem*> pointers_to(const std::vector<WriteItem>& items);

// Whether all fits and exists before the first write: free space, every chunk present, names the
// file system can hold (case twins, normal forms), no link among the parents. All faults together
// in one error (kMissing, kNoSpace, kConflict).
Status check_writes(const Context& context, const store::Store& store, const TreeRoot& root,
                    const std::vector<const WriteItem*>& items, const std::string& notes = "");

// The same for a Landing: space for all new files beside the old ones, names and parents.
Status check_places(const Context& context, const TreeRoot& root,
                    const std::vector<const WriteItem*>& items, const std::string& notes);

// Parallel; small files in batches, large files by ranges. Every byte is covered by one SHA-256.
Status write_items(const Context& context, const store::Store& store, const TreeRoot& root,
                   const std::vector<WriteItem>& items, const WriteOptions& options,
                   const WrittenVisit& visit);

// Streams part of one file to a sink in order (cat).
Status stream_range(const Context& context, const store::Store& store,
                    const format::ManifestEntry& entry, std::uint64_t offset, std::uint64_t length,
                    const std::function<Status(base::ByteView)>& sink);

// All chunks of an entry, in order, whatever form its list has.
Status for_each_chunk(const format::ManifestEntry& entry, const format::PageFetch& fetch,
                      const std::function<Status(const format::ChunkRef&)>& visit);

}  // namespace cairn::workdir
