// Reading what a pack says about itself: header, trailer, footer, and that its name is the digest
// of header and footer.
#pragma once

#include <string>

#include "base/file.hpp"
#include "store/grouped_table.hpp"

namespace cairn::store {

// The records of a whole pack file of `size_bytes`, from its footer. kCorrupt when any of header,
// trailer, footer and name is damaged or does not fit the others; kTooNew.
Result<PackRecords> read_pack_footer(const base::Fd& file, std::uint64_t size_bytes,
                                     const PackId& id, const std::string& path);

}  // namespace cairn::store
