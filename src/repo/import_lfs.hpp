// import lfs: files that git-lfs keeps become tracked by cairn. Their SHA-256 is the same id.
#pragma once

#include <string>
#include <vector>

#include "repo/repository.hpp"

namespace cairn::repo {

struct ImportLfsOptions {
  std::vector<std::string> paths;  // as typed: files, folders; empty: everything
  bool untrack = false;            // take the lines of git-lfs out of .gitattributes
  bool all_commits = false;        // also what only other commits name
  bool dry_run = false;
};

struct ImportLfsReport {
  struct File {
    std::string path;
    std::uint64_t bytes = 0;
    bool from_tree = false;
  };
  std::vector<File> files;
  std::uint64_t bytes = 0, stored_bytes = 0;
  // Of --all-commits: versions that other commits name.
  struct Lost {
    std::string path, object;  // "sha256-<digits>"
  };
  std::uint64_t older_versions = 0, older_had = 0;
  std::vector<Lost> lost;
  std::int64_t elapsed_ms = 0;
  std::vector<std::string> attributes;  // files that lost, or would lose, lines
  std::vector<std::string> staged;
};

// All that was named, or nothing: kMissing where an object is neither in the tree nor among
// git-lfs's own.
Result<ImportLfsReport> import_lfs(const Context& context, Repository& repository,
                                   const ImportLfsOptions& options);

}  // namespace cairn::repo
