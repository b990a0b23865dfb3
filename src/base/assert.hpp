// CAIRN_ASSERT: for our own bugs only, never for file, network or user input. Stays on in release
// builds.
#pragma once

namespace cairn::base {
[[noreturn]] void assertion_failed(const char* expression, const char* file, int line);
}

#define CAIRN_ASSERT(expression) \
  ((expression) ? void(0) : ::cairn::base::assertion_failed(#expression, __FILE__, __LINE__))
