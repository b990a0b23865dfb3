// Whether bytes are those that an object of DVC names.
#pragma once

#include <string>

#include "base/fd.hpp"
#include "foreign/dvc_object.hpp"

namespace cairn::foreign {

// Reads the whole file, from its start. For a legacy object the rules of DVC 1 and of DVC 2 for
// text both count: they differ for files over 1 MiB that are text in parts.
Result<bool> is_object(const base::Fd& file, const std::string& path, const DvcObject& object);

}  // namespace cairn::foreign
