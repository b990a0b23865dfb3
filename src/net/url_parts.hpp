// The parts of an absolute http or https URL that decide where a request goes. Strict: what is odd
// is refused, because two parsers that read one URL differently are how requests reach the wrong
// host.
#pragma once

#include <string>
#include <string_view>

#include "cairn/result.hpp"

namespace cairn::net {

struct UrlParts {
  bool plain = false;     // http
  std::string host;       // lower case as given, IPv6 without brackets
  std::string authority;  // host, and the port if one was given: the Host header
  std::string target;     // path and query, at least "/"
};

// kUsage for anything but http(s)://host[:port][/…] of printable ASCII without user info or
// fragment.
Result<UrlParts> parse_http_url(std::string_view url);

// For messages about a URL that was parsed before; empty for one that cannot be.
std::string authority_of(std::string_view url);
bool is_plain_http(std::string_view url);

}  // namespace cairn::net
