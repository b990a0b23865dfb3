// What kind of network an address belongs to. Decides whom a request may reach (AddressPolicy).
#pragma once

#include <string>
#include <string_view>

#include "net/http.hpp"

namespace cairn::net {

enum class AddressKind {
  kName,  // not an address
  kPublic,
  kPrivate,   // RFC 1918, RFC 4193, shared (RFC 6598), multicast and reserved
  kLoopback,  // also "this host" (0.0.0.0, ::)
  kMetadata,  // link-local, and the fixed addresses of cloud metadata services
};

// IPv4 dotted quad or IPv6, without brackets or zone; IPv4 inside IPv6 (mapped, NAT64) counts as
// IPv4.
AddressKind address_kind(const std::string& text);
bool is_allowed(AddressKind kind, AddressPolicy policy);
// What to do about an address that is not allowed.
inline constexpr const char* kAddressHint =
    "look at the endpoint, `cairn remote list`, and at what its name resolves to";
// "localhost", or a loopback address.
bool is_loopback_host(const std::string& host);

}  // namespace cairn::net
