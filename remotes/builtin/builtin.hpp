// The list of backends that the program is built with: the one place that knows them all.
#pragma once

#include "cairn/remote.hpp"

namespace cairn::remotes {

// Chooses by the URL's scheme; a URL without one is a directory. kUsage for a scheme that is not in
// the list.
RemoteOpener builtin_opener();

}  // namespace cairn::remotes
