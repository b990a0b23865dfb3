// Objects that only remotes hold: root, root table, locator, lease, cairn.json, condemned list.
// cairn-remote(7).
#pragma once

#include <array>
#include <string>
#include <vector>

#include "format/page.hpp"
#include "format/tree.hpp"

namespace cairn::format {

using Id128 = std::array<std::uint8_t, 16>;  // project, session

enum class ClosureKind : std::uint8_t { kChunk = 0, kManifest = 1, kRecipe = 2 };

// Where a chunk's plain bytes come from.
struct Place {
  PackId pack;
  std::uint32_t record_offset = 0;
  std::uint32_t record_bytes = 0;
  std::uint32_t offset = 0;  // within the record's plain bytes
  std::uint32_t length = 0;
  bool operator==(const Place&) const = default;
};

struct Root {
  ClosureKind kind = ClosureKind::kChunk;
  Digest closure;
  Id128 project{};
  std::uint64_t size_bytes = 0;
  std::uint64_t files = 0;
  std::uint64_t stored_bytes = 0;
  std::uint64_t time_ms = 0;
  ChunkId table;
  Place table_place;
  std::string commit;   // may be empty
  std::string program;  // "cairn 0.1.0"
};
base::Bytes encode_root(const Root& root);
Result<Root> decode_root(base::ByteView bytes);

// A page that the record of another page is based on.
struct TableBase {
  ChunkId page;
  Place place;
};

struct TableEntry {
  ClosureKind kind = ClosureKind::kChunk;
  std::uint8_t level = 0;
  ChunkId page;
  Place place;
  std::optional<ChunkId> locator;
  Place locator_place;  // meaningful with a locator
  std::vector<TableBase> bases = {};
};

// Root tables are paged trees whose inner entries carry places, so the caller uploads a page and
// tells where it went before its parent can be encoded.
using TablePageSink = std::function<Result<Place>(const ChunkId& id, base::Bytes page)>;
struct TableTop {
  ChunkId id;
  Place place;
};
class RootTableBuilder {
 public:
  explicit RootTableBuilder(TablePageSink sink);
  ~RootTableBuilder();
  Status add(const TableEntry& entry);
  Result<TableTop> finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};
using PlacedFetch = std::function<Result<base::Bytes>(const ChunkId& id, const Place& place)>;
Status walk_root_table(const ChunkId& top, const Place& place, const PlacedFetch& fetch,
                       const std::function<Status(const TableEntry&)>& visit);

struct LocatorRecord {
  PackId pack;
  std::uint32_t offset = 0;
  std::uint32_t record_bytes = 0;
  std::uint32_t plain_bytes = 0;
  std::uint8_t codec = 0;
  std::vector<std::uint32_t> bases;  // indexes into Locator::bases
};
struct LocatorRef {
  std::uint32_t record = 0;
  std::uint32_t offset = 0;
  std::uint32_t length = 0;
};
struct LocatorBase {
  ChunkId id;
  LocatorRef ref;
};
struct Locator {
  std::vector<LocatorRecord> records;
  std::vector<LocatorRef> refs;  // one per chunk of the leaf, in order
  std::vector<LocatorBase> bases;
};
base::Bytes encode_locator(const Locator& locator);
Result<Locator> decode_locator(base::ByteView bytes);

struct Lease {
  std::string session;  // 32 hex
  std::string project;
  std::uint64_t n = 0;
  std::int64_t start_ms = 0;
  std::int64_t expires_ms = 0;
  std::string tool;
};
std::string encode_lease(const Lease& lease);
Result<Lease> decode_lease(std::string_view text);
std::string encode_lease_end(const std::string& session, std::int64_t end_ms);

// cairn.json of a remote and `format` of a store.
std::string encode_remote_config();
Status check_remote_config(std::string_view text);  // kTooNew, kCorrupt

std::string encode_condemned(const std::vector<std::pair<PackId, std::string>>& packs);
Result<std::vector<std::pair<PackId, std::string>>> decode_condemned(std::string_view text);

// Keys of objects.
std::string pack_key(const PackId& id);        // packs/ab/<hex>
std::string index_key(base::ByteView object);  // index/<lo>-<hi>-<sha256>; reads the table
std::string root_key(const std::string& project, const Digest& closure);  // roots/<project>/<hex>
std::string lease_key(const std::string& session, std::string_view suffix);
std::string bad_key(const PackId& id, std::uint32_t offset);
// The offset of the mark that says: the header or footer of this pack is damaged.
inline constexpr std::uint32_t kWholePack = 0;

}  // namespace cairn::format
