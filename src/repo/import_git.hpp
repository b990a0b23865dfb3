// import git, update: data of another repository, tracked here, with where it comes from.
#pragma once

#include <string>
#include <vector>

#include "repo/get.hpp"
#include "repo/sources.hpp"

namespace cairn::repo {

struct ImportGitOptions {
  GetOptions get;           // url, path, revision, remote_url, dry_run count
  std::string destination;  // as typed; "": the last part of the path
};

struct SourceReport {
  Source source;
  std::string before;  // the commit before; "" for an import
  bool unchanged = false;
  AddedPath added;
};

Result<SourceReport> import_git(const Context& context, Repository& repository,
                                const ImportGitOptions& options);

struct UpdateOptions {
  std::vector<std::string> paths;  // as typed; empty: everything in .cairn/sources
  std::string revision;            // --rev; "": the recorded one
  std::string remote_url;
  bool dry_run = false, force = false;
};
Result<std::vector<SourceReport>> update(const Context& context, Repository& repository,
                                         const UpdateOptions& options);

}  // namespace cairn::repo
