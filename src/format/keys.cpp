// Keys of objects on a remote. cairn-remote(7).
#include <fmt/core.h>

#include "base/assert.hpp"
#include "crypto/sha256.hpp"
#include "format/remote_objects.hpp"
#include "format/table.hpp"

namespace cairn::format {

std::string pack_key(const PackId& id) {
  const std::string hex = id.hex();
  return fmt::format("packs/{}/{}", std::string_view(hex).substr(0, 2), hex);
}

std::string index_key(base::ByteView object) {
  const auto table = TableView::open(object);
  CAIRN_ASSERT(table.ok());  // the caller has just encoded or checked it
  const std::uint32_t chunks = table->chunk_count();
  const ChunkId lowest = table->chunk(0).id;  // zero in a table without chunks
  const ChunkId highest = chunks == 0 ? ChunkId() : table->chunk(chunks - 1).id;
  return fmt::format("index/{}-{}-{}", lowest.hex().substr(0, 8), highest.hex().substr(0, 8),
                     crypto::sha256(object).hex());
}

std::string root_key(const std::string& project, const Digest& closure) {
  return fmt::format("roots/{}/{}", project, closure.hex());
}

std::string lease_key(const std::string& session, std::string_view suffix) {
  return fmt::format("leases/{}.{}", session, suffix);
}

std::string bad_key(const PackId& id, std::uint32_t offset) {
  return fmt::format("bad/{}.{}", id.hex(), offset);
}

}  // namespace cairn::format
