// Between phases of one command that need much memory each.
#pragma once

namespace cairn::base {

// Gives what was freed back to the system. The allocator would keep it, in pieces between what
// still lives, and the next phase would stand beside it. A no-op where the C library cannot.
void return_free_memory();

}  // namespace cairn::base
