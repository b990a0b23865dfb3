// doctor: the things that break set-ups, each tried once, with what to do. Hooks are looked at by
// hooks/doctor.
#pragma once

#include <string>
#include <vector>

#include "repo/repository.hpp"

namespace cairn::repo {

struct Finding {
  enum class Level { kOk, kWarning, kError };
  Level level = Level::kOk;
  std::string what, hint;
};
Result<std::vector<Finding>> doctor(const Context& context, Repository& repository);

}  // namespace cairn::repo
