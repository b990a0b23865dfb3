// Kinds of transport trouble. They travel as slugs of kNetwork errors, so that a user can ask
// `cairn help SLUG` and the retry table can read them back.
#pragma once

#include <string>

#include "cairn/error.hpp"

namespace cairn::net {

enum class Trouble {
  kNone,         // no transport error
  kNameLookup,   // the host's or proxy's name was not found
  kConnect,      // nobody answers there, or not in time
  kTls,          // the handshake failed, for another reason than the certificate
  kCertificate,  // the server is not who it claims to be
  kLost,         // reset, closed early, fewer bytes than announced
  kTooSlow,      // no first byte in time, or a stall
  kBadAnswer,    // not HTTP, endless headers, an encoding that was not asked for
};

Error trouble_error(Trouble trouble, std::string message);
Trouble trouble_of(const Error& error);

}  // namespace cairn::net
