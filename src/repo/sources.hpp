// `.cairn/sources`: where data that was imported from another repository comes from. Text in the
// syntax of git's config, sorted by path, written anew as a whole: cairn-import(1), SOURCES.
#pragma once

#include <string>
#include <vector>

#include "repo/repository.hpp"

namespace cairn::repo {

struct Source {
  std::string path;      // here
  std::string url;       // of the git repository; a relative one counts from the top here
  std::string from;      // the path there
  std::string revision;  // that update goes to the newest of; "": what a clone checks out
  std::string commit;    // that the data here is of
};

// kCorrupt for an entry without url or path, kConflict (slug "unsafe-path") for one whose path is
// not one that could be tracked here.
Result<std::vector<Source>> read_sources(const Repository& repository);
// `path` was not imported from another repository.
Error no_source(const std::string& path);
// Replaces the entry of its path, or adds one; staged.
Status write_source(const Repository& repository, const Source& source);

// For tests and for reading: the whole file.
std::string sources_text(std::vector<Source> sources);

}  // namespace cairn::repo
