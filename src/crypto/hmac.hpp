// HMAC-SHA-256 (RFC 2104), by OpenSSL. The key may have any length.
#pragma once

#include "base/bytes.hpp"
#include "cairn/digest.hpp"

namespace cairn::crypto {

Digest hmac_sha256(base::ByteView key, base::ByteView message);

}  // namespace cairn::crypto
