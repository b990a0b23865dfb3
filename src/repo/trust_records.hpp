// What was trusted from this machine: one file of the user for all repositories, a line for each
// place. Outside of every clone, so that no repository can vouch for itself.
#pragma once

#include <string>
#include <string_view>

#include "repo/repository.hpp"

namespace cairn::repo {

// CAIRN_TRUST names this host. Lower case; "" is never named.
bool host_in_variable(const Repository& repository, std::string_view host);

// Whether there is a place for records at all: not without a HOME.
bool can_record_trust(const Repository& repository);

// A record of this repository: what it is about, and the place. Neither holds a line end, the
// subject no space.
Result<bool> has_trust_record(const Repository& repository, const std::string& subject,
                              const std::string& place);

struct TrustChange {
  std::string subject;
  std::string drop = {};   // this place is forgotten; "": whatever was recorded of the subject
  std::string place = {};  // recorded; "": nothing
  std::string host = {};   // for the hint where nothing can be recorded
};
Status change_trust_records(const Repository& repository, const TrustChange& change);

}  // namespace cairn::repo
