// import dvc: what DVC tracks here becomes tracked by cairn, bit for bit, and nothing of DVC is
// touched.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "repo/repository.hpp"

namespace cairn::repo {

struct ImportDvcOptions {
  std::vector<std::string> paths;  // as typed: data, `.dvc` files, folders; empty: everything
  bool all_commits = false;        // also what only other commits name
  bool dry_run = false, force = false, offline = false;
};

struct ImportedOutput {
  std::string path, named_by;  // data; the file of DVC
  bool folder = false, unchanged = false;
  std::uint64_t files = 0, bytes = 0;
  std::uint64_t from_tree = 0, from_cache = 0, from_remote = 0;  // files
  std::uint64_t links = 0;    // that stand in the tree where files of the version belong
  std::uint64_t damaged = 0;  // objects in DVC's cache with other bytes than their names say
};

struct ImportDvcReport {
  std::vector<ImportedOutput> outputs;
  std::vector<std::pair<std::string, std::string>> skipped;  // path, why
  // Of --all-commits: versions that other commits name.
  struct Lost {
    std::string path, commit, object, why;  // object: DVC's name for the data
  };
  std::uint64_t older_versions = 0, older_had = 0;
  std::vector<Lost> lost;
  std::uint64_t files = 0, bytes = 0, stored_bytes = 0;  // bytes: read
  std::int64_t elapsed_ms = 0;
  std::vector<std::string> staged;
};

// All that was named, or nothing: kMissing with what lacks, and where it was looked for.
Result<ImportDvcReport> import_dvc(const Context& context, Repository& repository,
                                   const ImportDvcOptions& options);

}  // namespace cairn::repo
