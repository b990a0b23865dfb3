#include "config/remote_url.hpp"

#include <algorithm>

namespace cairn::config {
namespace {

constexpr std::string_view kSchemeEnd = "://";

// "s3" of "s3://bucket"; empty when there is none.
std::string_view scheme_of(std::string_view url) {
  const std::size_t end = url.find(kSchemeEnd);
  if (end == std::string_view::npos) return {};
  const std::string_view scheme = url.substr(0, end);
  const bool plain = std::all_of(scheme.begin(), scheme.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' ||
           c == '-' || c == '.';
  });
  return plain ? scheme : std::string_view();
}

bool is_file_scheme(std::string_view scheme) {
  constexpr std::string_view kFile = "file";
  return scheme.size() == kFile.size() &&
         std::equal(scheme.begin(), scheme.end(), kFile.begin(),
                    [](char a, char b) { return (a | 0x20) == b; });
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_control(int c) { return c < 0x20 || c == 0x7f; }

}  // namespace

bool is_directory_url(std::string_view url) {
  const std::string_view scheme = scheme_of(url);
  return scheme.empty() || is_file_scheme(scheme);
}

bool has_user_info(std::string_view url) {
  if (is_directory_url(url)) return false;
  url.remove_prefix(url.find(kSchemeEnd) + kSchemeEnd.size());
  return url.substr(0, url.find_first_of("/?#")).find('@') != std::string_view::npos;
}

bool is_well_formed_url(std::string_view url) {
  for (std::size_t i = 0; i < url.size(); ++i) {
    if (is_control(static_cast<unsigned char>(url[i]))) return false;
    if (url[i] != '%' || i + 2 >= url.size() || is_directory_url(url)) continue;
    const int high = hex_digit(url[i + 1]);
    const int low = hex_digit(url[i + 2]);
    if (high >= 0 && low >= 0 && is_control(high * 16 + low)) return false;
  }
  return !url.empty();
}

}  // namespace cairn::config
