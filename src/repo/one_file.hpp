// The one file of a version that somebody typed the path of.
#pragma once

#include <string>

#include "format/page.hpp"
#include "repo/repository.hpp"

namespace cairn::repo {

struct OneFile {
  std::string path;  // from the repository root
  format::ManifestEntry entry;
};
// Of a revision, or when it is empty of the pointers in the tree; reads the pages on the way to the
// file only. kUsage: no such path, more than one, a folder, a link. kMissing: the pages are not
// here.
Result<OneFile> find_one_file(const Context& context, Repository& repository,
                              const std::string& revision, const std::string& typed);

}  // namespace cairn::repo
