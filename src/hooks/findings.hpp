// What a hook has to say against a commit or push.
#pragma once

#include <string>
#include <vector>

namespace cairn::hooks {

struct Fault {
  std::string path;
  std::string what;                // "is 12.3 MB, and git keeps every version of it for ever"
  std::vector<std::string> hints;  // lines to type
  bool warning = false;            // said, but blocks nothing
};

}  // namespace cairn::hooks
