// The remote that a command line names.
#pragma once

#include "cli/command.hpp"
#include "repo/repository.hpp"

namespace cairn::cli {

// kUsage where nobody knows it: a mistake also if nothing has to be asked for.
inline Status check_known_remote(const repo::Repository& repository, const Arguments& arguments) {
  const auto remote = arguments.value("remote");
  if (remote.empty()) return {};
  const auto known = repository.remote_setting(remote);
  return known ? Status() : Status(known.error());
}

}  // namespace cairn::cli
