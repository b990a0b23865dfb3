// What this processor can do, asked once. One binary runs on all of them.
#pragma once

namespace cairn::crypto::detail {

bool processor_has_sha();     // SHA, with the SSSE3 and SSE4.1 that its kernel uses beside it
bool processor_has_crc32c();  // SSE4.2

}  // namespace cairn::crypto::detail
