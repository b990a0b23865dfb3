// Forms of a remote's URL, as far as settings must tell them apart. Which schemes work is the
// backends' business.
#pragma once

#include <string_view>

namespace cairn::config {

// A path ("/srv/data", "../data") or "file://…": anything without another scheme.
bool is_directory_url(std::string_view url);
// "https://user:secret@host/…".
bool has_user_info(std::string_view url);
// Not empty, and no control characters, percent-encoded ones included.
bool is_well_formed_url(std::string_view url);

}  // namespace cairn::config
