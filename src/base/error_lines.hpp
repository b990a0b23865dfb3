// Lines added to an error that has a name already; its own functions are for one being made.
#pragma once

#include <string>
#include <utility>

#include "cairn/error.hpp"

namespace cairn::base {

inline void add_hint(Error& error, std::string line) {
  (void)std::move(error).hint(std::move(line));
}
inline void add_detail(Error& error, std::string line) {
  (void)std::move(error).detail(std::move(line));
}

}  // namespace cairn::base
