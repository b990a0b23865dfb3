// Which version of TLS an exchange uses, for `remote check`.
#pragma once

#include <curl/curl.h>

#include <cstdint>

namespace cairn::net {

// As on the wire: 0x0303 is TLS 1.2, 0x0304 is 1.3. 0 where the connection is not encrypted, or
// curl uses another library than OpenSSL. To be asked while the answer comes in: the session goes
// with the exchange.
std::uint16_t tls_version_of(CURL* easy);

}  // namespace cairn::net
