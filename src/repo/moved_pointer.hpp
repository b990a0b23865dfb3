// Which of the pointers that a commit took away is the one that it brought under another name: the
// same, or, where the data changed in that commit too, the one that most of it comes from.
#pragma once

#include <optional>
#include <string>

#include "format/tree.hpp"
#include "repo/repository.hpp"

namespace cairn::repo {

struct MovedPointer {
  std::string path;  // of the data
  std::string blob;  // of its pointer
};

// `commit` brought `tracked` with the pointer in `blob`. `pages` gives the lists that are here;
// where they are not, only an unchanged pointer is known again. Nothing: it is new.
Result<std::optional<MovedPointer>> moved_pointer(const Repository& repository,
                                                  const format::PageFetch& pages,
                                                  const std::string& commit,
                                                  const std::string& tracked,
                                                  const std::string& blob);

// Of the larger one's files (of a folder) or bytes (of a file with a recipe), the share that both
// have: 0 to 1.
Result<double> shared_part(const format::Pointer& before, const format::Pointer& after,
                           const format::PageFetch& pages);

}  // namespace cairn::repo
