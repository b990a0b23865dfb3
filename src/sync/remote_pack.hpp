// The table of one pack of a remote, read from its footer and proved to be that of its name.
#pragma once

#include "cairn/context.hpp"
#include "cairn/remote.hpp"
#include "sync/journal.hpp"

namespace cairn::sync {

// Header, trailer and footer of a pack that was listed with this size: three requests. The footer
// is a checked table, whose records fill the pack without a gap. kCorrupt.
Result<OwnPack> read_pack_table(const Context& context, Remote& remote, const PackId& id,
                                std::uint64_t size_bytes);

}  // namespace cairn::sync
