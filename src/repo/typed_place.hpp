// Directories typed as the URL of a remote or of another repository.
#pragma once

#include <string>

namespace cairn::repo {

// "../shop", seen from `directory`, as the absolute path that it is kept as: the next command may
// be typed anywhere. As far as it is there `..` goes where the system would go, also behind a
// link. Absolute paths and what has a scheme stay as they are.
std::string typed_place(const std::string& directory, const std::string& url);

}  // namespace cairn::repo
