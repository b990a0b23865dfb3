// Credentials in text that is about to be committed. Finds the forms that cairn's own files could
// hold; what is found is never repeated in a message. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cairn::hooks {

struct Secret {
  int line = 0;      // from 1
  const char* kind;  // "an AWS access key id"
};

std::vector<Secret> find_secrets(std::string_view text);

}  // namespace cairn::hooks
