// Which places that only a committed file names may be contacted from this machine. A clone of a
// hostile repository must not choose where requests, and the identity that signs them, go: each
// such place needs a record outside of the repository.
#pragma once

#include <string>
#include <vector>

#include "config/config.hpp"
#include "repo/repository.hpp"

namespace cairn::repo {

// Where the requests of a remote go.
struct TrustPlace {
  std::string host;  // lower case, without port: what CAIRN_TRUST names
  std::string text;  // "s3://bucket at https://host:9000", "https://host/path": what is recorded
};
TrustPlace trust_place(const config::RemoteSetting& setting);

// Nothing to say for a remote that this clone's own config names. Else a record, CAIRN_TRUST or a
// yes on the terminal is needed: kUntrusted with the line to type.
Status check_trust(const Repository& repository, const config::RemoteSetting& setting);

// Records where this remote is now. A change of its place asks again.
Status add_trust(const Repository& repository, const config::RemoteSetting& setting);
Status remove_trust(const Repository& repository, const config::RemoteSetting& setting);

struct TrustState {
  std::string name, place;
  bool needed = false;   // a committed file names it
  bool trusted = false;  // recorded, or by CAIRN_TRUST
};
Result<std::vector<TrustState>> trust_states(const Repository& repository);

}  // namespace cairn::repo
