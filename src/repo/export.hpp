// export: a version out of here, in a form that needs no cairn.
#pragma once

#include <functional>

#include "base/bytes.hpp"
#include "repo/operations.hpp"

namespace cairn::repo {

// As restore, with the same options (`to` and `force` do not count), as one tar stream: members in
// order of their paths, times of the commit. The same version gives the same bytes everywhere. What
// was given to `sink` before an error is of no use.
Result<CheckoutReport> export_tar(const Context& context, Repository& repository,
                                  const RestoreOptions& options,
                                  const std::function<Status(base::ByteView)>& sink);

}  // namespace cairn::repo
