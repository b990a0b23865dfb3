#include "base/fd.hpp"

#include <unistd.h>

namespace cairn::base {

// The result of close() is dropped: writers that need it call close_file() (file.hpp) first.
void Fd::reset() {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

}  // namespace cairn::base
