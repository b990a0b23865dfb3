// ci: the data of exactly one commit, for a job that runs and goes away.
#pragma once

#include "repo/exact_fetch.hpp"

namespace cairn::repo {

struct CiOptions {
  std::string revision;  // empty: HEAD; another one needs `to`
  std::string to;        // empty: the work tree
  std::string remote;
  std::vector<std::string> paths, include, exclude;
  FetchLimits limits;
  bool offline = false;
  bool no_store = false;       // nothing is kept in the store
  bool frozen = false;         // lists of files that are not here are not asked for
  bool require_clean = false;  // refuse files in tracked folders that the version does not have
};
// Exact or fail. kConflict when the pointers of the work tree are not those of the commit, or files
// there would be overwritten; nothing is written then.
Result<Restored> ci(const Context& context, Repository& repository, const CiOptions& options);

// The tracked paths that it takes.
Result<std::vector<std::string>> ci_paths(const Repository& repository, const CiOptions& options);

// A name for a cache of what such a job needs, from pointers alone: the same wherever it is asked
// for. Another version of a tracked path that the selection can reach into is another name.
Result<std::string> ci_key(const Repository& repository, const CiOptions& options);

}  // namespace cairn::repo
