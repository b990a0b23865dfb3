// One commit of a repository elsewhere, without its history and without its files.
#pragma once

#include <stop_token>
#include <string>

#include "cairn/result.hpp"

namespace cairn::git {

// Makes a bare repository in `directory`, which is empty, with HEAD at what `revision` names in
// `url`: a branch, a tag, a commit; "" is what a clone would check out. Trees, pointers and what is
// below .cairn come along, others on demand; from a server that takes no filter, everything does.
// No hook, filter or submodule of it is touched. Returns the commit's id; kUsage (slug
// "unknown-revision") where the repository has no such revision.
Result<std::string> fetch_one(const std::string& url, const std::string& revision,
                              const std::string& directory, std::stop_token stop);

}  // namespace cairn::git
