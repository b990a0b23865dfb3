#include "base/secret.hpp"

#include <cstring>

namespace cairn::base {

void Secret::wipe(std::string& text) {
  text.resize(text.capacity());  // what an earlier, longer text left behind goes too
  ::explicit_bzero(text.data(), text.size());
  text.clear();
}

}  // namespace cairn::base
