#include "net/url_parts.hpp"

#include <algorithm>
#include <cstdint>

#include "base/text.hpp"

namespace cairn::net {
namespace {

constexpr std::string_view kPlain = "http://";
constexpr std::string_view kSecure = "https://";

Error bad_url(std::string_view url, std::string_view why) {
  const std::string_view shown = url.substr(0, std::min(url.find('?'), std::size_t{200}));
  const bool has_user = shown.find('@') != std::string_view::npos;
  return Error(Code::kUsage, "`" + (has_user ? "[hidden]" : base::printable(shown)) +
                                 "` is no URL that can be asked: " + std::string(why))
      .slug("bad-url");
}

bool is_host_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_';
}

bool is_address6_char(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == ':' ||
         c == '.';
}

bool is_port(std::string_view text) {
  std::uint64_t port = 0;
  return base::parse_u64(text, port) && port > 0 && port < 65536;
}

// Splits "host:port" or "[v6]:port"; false when either part is not what it should be.
bool split_authority(std::string_view authority, UrlParts& parts) {
  std::string_view rest;
  if (authority.starts_with('[')) {
    const std::size_t end = authority.find(']');
    if (end == std::string_view::npos) return false;
    parts.host = authority.substr(1, end - 1);
    rest = authority.substr(end + 1);
    if (!std::all_of(parts.host.begin(), parts.host.end(), is_address6_char)) return false;
  } else {
    const std::size_t colon = authority.find(':');
    parts.host = authority.substr(0, colon);
    rest = colon == std::string_view::npos ? std::string_view() : authority.substr(colon);
    if (!std::all_of(parts.host.begin(), parts.host.end(), is_host_char)) return false;
  }
  parts.authority = authority;
  return !parts.host.empty() && (rest.empty() || (rest.front() == ':' && is_port(rest.substr(1))));
}

}  // namespace

Result<UrlParts> parse_http_url(std::string_view url) {
  UrlParts parts;
  parts.plain = url.starts_with(kPlain);
  if (!parts.plain && !url.starts_with(kSecure))
    return bad_url(url, "it starts with neither https:// nor http://");
  if (std::any_of(url.begin(), url.end(), [](char c) { return c <= 0x20 || c >= 0x7f; })) {
    return bad_url(url, "it holds spaces, control characters or bytes that are not ASCII");
  }
  if (url.find_first_of("#\\") != std::string_view::npos)
    return bad_url(url, "it holds `#` or a backslash");
  const std::string_view rest = url.substr(parts.plain ? kPlain.size() : kSecure.size());
  const std::size_t end = std::min(rest.find_first_of("/?"), rest.size());
  if (rest.substr(0, end).find('@') != std::string_view::npos)
    return bad_url(url, "it carries a user or a password");
  if (!split_authority(rest.substr(0, end), parts))
    return bad_url(url, "its host or port is malformed");
  parts.target = rest.substr(end);
  if (!parts.target.starts_with('/')) parts.target.insert(0, "/");
  return parts;
}

std::string authority_of(std::string_view url) {
  const auto parts = parse_http_url(url);
  return parts.ok() ? parts.value().authority : std::string();
}

bool is_plain_http(std::string_view url) { return url.starts_with(kPlain); }

}  // namespace cairn::net
