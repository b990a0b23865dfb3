// Gaps: what the local store lacks of a version. A fetch begins and ends with this question, so
// that its answer does not depend on what a remote claims.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "format/tree.hpp"
#include "store/store.hpp"
#include "sync/transfer.hpp"

namespace cairn::sync {

struct Gaps {
  std::vector<ChunkId> pages;      // that cannot be read
  std::vector<ChunkId> chunks;     // wanted ones that have no good copy
  std::vector<std::string> files;  // the first ones that lack something
  [[nodiscard]] bool none() const { return pages.empty() && chunks.empty(); }
};

using Wants = std::function<bool(std::string_view path)>;

// What is here already: pages by their bytes, the rest by name.
struct Holdings {
  format::PageFetch pages;
  std::function<bool(const ChunkId&)> has;
};
Holdings holdings_of(const store::Store& store);  // which outlives it

// Stops looking when `limit` ids are found.
Result<Gaps> find_gaps(const store::Store& store, const Version& version, const Wants& wants,
                       std::size_t limit);
Result<Gaps> find_gaps(const Holdings& here, const Version& version, const Wants& wants,
                       std::size_t limit);

}  // namespace cairn::sync
