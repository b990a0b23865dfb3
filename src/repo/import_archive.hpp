// import archive: the members of an archive become a tracked folder, without being unpacked into
// the tree first.
#pragma once

#include <string>

#include "repo/repository.hpp"

namespace cairn::repo {

struct ImportArchiveOptions {
  std::string file;             // as typed
  std::string path;             // as typed: the folder that they become
  std::uint64_t max_bytes = 0;  // of all members; 0: a thousand times the archive
  bool dry_run = false, force = false;
};

struct ImportArchiveReport {
  std::string path;
  std::uint64_t files = 0, links = 0, bytes = 0, stored_bytes = 0;
  bool unchanged = false;
  std::vector<std::string> staged;
};

// All members or nothing.
Result<ImportArchiveReport> import_archive(const Context& context, Repository& repository,
                                           const ImportArchiveOptions& options);

}  // namespace cairn::repo
