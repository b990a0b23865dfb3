#include "base/assert.hpp"

#include <cstdio>
#include <cstdlib>

namespace cairn::base {

void assertion_failed(const char* expression, const char* file, int line) {
  std::fprintf(stderr, "cairn: internal error: %s (%s:%d)\n", expression, file, line);
  std::abort();
}

}  // namespace cairn::base
