// What all commits of this clone name in the way of DVC.
#pragma once

#include <string>
#include <vector>

#include "foreign/dvc_file.hpp"
#include "repo/repository.hpp"

namespace cairn::repo {

struct OldOutput {
  foreign::DvcOutput output;
  std::string commit;  // the newest one that brought it
};

// Each path with each of its objects once, newest commits first. Files that are not valid name
// nothing.
Result<std::vector<OldOutput>> dvc_history(const Repository& repository);

}  // namespace cairn::repo
