#include "git/url.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace cairn::git {
namespace {

constexpr std::string_view kSchemeEnd = "://";

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// Where ssh and curl, or git before it decodes "%2f", could see different hosts in one text, none
// is told.
bool is_unambiguous(std::string_view authority) {
  return std::ranges::all_of(authority, [](char c) {
    return is_alphanumeric(c) || std::string_view("-._~+@:").find(c) != std::string_view::npos;
  });
}

// "me@host:22" -> "host".
std::string host_of(std::string_view authority) {
  if (!is_unambiguous(authority) || std::ranges::count(authority, '@') > 1) return "";
  authority.remove_prefix(authority.find('@') + 1);
  const auto host = authority.substr(0, authority.find(':'));
  return host.starts_with('-') ? "" : base::lower_ascii(host);
}

// Of "scheme://authority/path"; both are empty where there is no scheme.
struct Parts {
  std::string scheme;  // lower case
  std::string_view authority;
};
Parts parts_of(std::string_view url) {
  const auto end = url.find(kSchemeEnd);
  const auto scheme = url.substr(0, end);
  if (end == std::string_view::npos || !std::ranges::all_of(scheme, [](char c) {
        return is_alphanumeric(c) || c == '+' || c == '-';
      }))
    return {};
  const auto rest = url.substr(end + kSchemeEnd.size());
  return {base::lower_ascii(scheme), rest.substr(0, rest.find('/'))};
}

bool is_helper(std::string_view url) {
  const auto end = std::ranges::find_if_not(url, is_alphanumeric) - url.begin();
  return end > 0 && url.substr(static_cast<std::size_t>(end)).starts_with("::");
}

}  // namespace

UrlPlace place_of_url(std::string_view url) {
  if (is_helper(url)) return {};
  const auto parts = parts_of(url);
  if (!parts.scheme.empty()) {
    if (parts.scheme == "file") return {true, ""};
    return {false, host_of(parts.authority)};
  }
  const auto colon = url.find(':');
  if (colon == std::string_view::npos || url.find('/') < colon) return {true, ""};
  return {false, host_of(url.substr(0, colon))};
}

bool holds_secret(std::string_view url) {
  const auto parts = parts_of(url);
  const auto at = parts.authority.rfind('@');
  if (at == std::string_view::npos) return false;
  const bool by_key =
      parts.scheme == "ssh" || parts.scheme == "git+ssh" || parts.scheme == "ssh+git";
  return !by_key || parts.authority.substr(0, at).find(':') != std::string_view::npos;
}

std::string without_user(std::string_view url) {
  const auto parts = parts_of(url);
  const auto at = parts.authority.rfind('@');
  if (at == std::string_view::npos) return std::string(url);
  const auto start = parts.scheme.size() + kSchemeEnd.size();
  return std::string(url.substr(0, start)) + std::string(url.substr(start + at + 1));
}

}  // namespace cairn::git
