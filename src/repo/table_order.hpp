// Whether a version of a table has the rows of the one before it in another order: then nothing of
// it is found again, and it costs what the first one did.
#pragma once

#include "cairn/context.hpp"
#include "repo/chunked_file.hpp"

namespace cairn::repo {

// Both are read once, unless their sizes or chunks already tell; memory is that of two samples,
// however many rows there are. kMissing: the rows are not here.
Result<bool> is_reordered(const Context& context, ChunkedFile& before, ChunkedFile& after);

}  // namespace cairn::repo
