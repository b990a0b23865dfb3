// Where git would go for a URL, by its own rules, and whether the URL holds a secret. Pure text.
#pragma once

#include <string>
#include <string_view>

namespace cairn::git {

struct UrlPlace {
  bool local = false;  // a directory or file of this machine
  std::string host;    // lower case, without user and port; "" where it cannot be told for sure
};
// "https://host/x", "ssh://me@host:22/x", "me@host:x", "../x", "file:///x"; "helper::anything" is a
// place without a host.
UrlPlace place_of_url(std::string_view url);

// "https://token@host", "ssh://me:word@host": what everybody would have who reads the URL. A user
// alone is none to ssh.
bool holds_secret(std::string_view url);

// The URL without user and password, for messages.
std::string without_user(std::string_view url);

}  // namespace cairn::git
