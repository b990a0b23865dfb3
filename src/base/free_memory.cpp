#include "base/free_memory.hpp"

#include <features.h>

#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace cairn::base {

void return_free_memory() {
#ifdef __GLIBC__
  ::malloc_trim(0);
#endif
}

}  // namespace cairn::base
