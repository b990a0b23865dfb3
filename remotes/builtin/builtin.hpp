// The list of backends that the program is built with: the one place that knows them all.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "cairn/remote.hpp"
#include "net/trace.hpp"

namespace cairn::remotes {

// What backends may know of the program's surroundings. Each is asked only when a backend needs it.
struct Surroundings {
  std::function<std::optional<std::string>(const std::string& name)>
      variable;                                       // of the environment; empty: none is set
  net::TraceSink* trace = nullptr;                    // not owned; of HTTP requests
  std::function<void(const std::string& text)> warn;  // tells the user; empty: nobody
};

// Chooses by the URL's scheme; a URL without one is a directory. kUsage for a scheme that is not in
// the list. Remotes opened by one opener share connections and credentials.
RemoteOpener builtin_opener(Surroundings surroundings = {});

}  // namespace cairn::remotes
