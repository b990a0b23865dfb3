// SHA-1, which names the files of AWS's SSO cache. It identifies and protects nothing of ours.
#pragma once

#include <string>

#include "base/bytes.hpp"

namespace cairn::crypto {

std::string sha1_hex(base::ByteView bytes);

}  // namespace cairn::crypto
