// The versions that a push of git names: pointers of the commits that the other side lacks.
#pragma once

#include <set>

#include "hooks/pre_push.hpp"

namespace cairn::hooks {

struct Outgoing {
  git::PointerBlob blob;
  repo::Tracked tracked;
  bool brought = false;  // by one of the commits; else carried on from the other side's
};
struct OutgoingCommits {
  std::vector<std::string> range;  // for rev-list; empty: nothing goes out
  std::set<std::string> tips;      // commits that refs will point to
  std::vector<Outgoing> versions;
  std::vector<Fault> faults;  // pointers that are none
};

// `known`: commits of which all is there; what only they brought is left out.
Result<OutgoingCommits> outgoing(const repo::Repository& repository, const std::string& git_remote,
                                 const std::vector<PushedRef>& refs,
                                 const std::set<std::string>& known);

}  // namespace cairn::hooks
