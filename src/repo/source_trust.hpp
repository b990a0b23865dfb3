// The rule of repo/trust.hpp for git repositories that only `.cairn/sources` names.
#pragma once

#include <string>
#include <vector>

#include "repo/sources.hpp"
#include "repo/trust.hpp"

namespace cairn::repo {

// `source.url` may be asked: it was typed in this clone or on this machine, recorded, named by
// CAIRN_TRUST or allowed on the terminal; else kUntrusted with the line to type. A directory is
// never allowed by another clone's record.
Status check_source_trust(const Repository& repository, const Source& source);

// Records the URL, for every path that comes from it.
Status add_source_trust(const Repository& repository, const std::string& url);
Status remove_source_trust(const Repository& repository, const std::string& url);
// The same of a URL that was typed for something else: where nothing can be recorded, nothing is.
Status note_typed_source(const Repository& repository, const std::string& url);

// Each of `.cairn/sources`, by its path.
Result<std::vector<TrustState>> source_trust_states(const Repository& repository);

// kUsage (slug "secret-in-url") for one that holds a password or token: it would be committed.
Status refuse_secret(const std::string& url);

}  // namespace cairn::repo
