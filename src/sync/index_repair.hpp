// What push --repair does about the index: packs that no readable index object names are named by
// new ones.
#pragma once

#include <cstdint>

#include "sync/journal.hpp"
#include "sync/remote_view.hpp"

namespace cairn::sync {

enum class IndexRepair { kWrite, kCountOnly };

// Reads every index object, and the footer of each pack that may be relied on and is named by none
// of them; puts what these footers hold as new index objects. Packs whose footer is damaged are
// left out with a warning. Condemned and bad lists have been read. Returns how many packs were
// named again, or would be.
Result<std::uint64_t> repair_index(RemoteView& view, Journal& journal, IndexRepair how);

}  // namespace cairn::sync
