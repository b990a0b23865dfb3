// `cairn add --base`: the version that a file is likely to share data with, when it is not the one
// before at its own path: a fine-tune of another model.
#pragma once

#include "repo/operations.hpp"

namespace cairn::repo {

// `--base none`: every file is stored by itself.
inline constexpr std::string_view kNoBase = "none";

// `base` names a tracked path, REV:PATH, or a revision in which `path` is looked up. kUsage when it
// is no file, kMissing when its data is not in the store.
Result<format::Pointer> find_base(const Context& context, Repository& repository,
                                  const std::string& base, const std::string& path);

}  // namespace cairn::repo
