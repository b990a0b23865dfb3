// Where a redirect of a read-only web server leads.
#pragma once

#include <string>
#include <string_view>

#include "cairn/result.hpp"

namespace cairn::remotes {

// The URL that `location` means in an answer to a request for `url`. kUntrusted for another scheme,
// host or port: what a user trusted is one server. kNetwork for what cannot be followed.
Result<std::string> redirect_target(const std::string& url, std::string_view location);

}  // namespace cairn::remotes
