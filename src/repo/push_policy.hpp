// Which data may go to which remote: `[path "PATTERN"] push = none|REMOTE` of the committed file. A
// version is bound by each pattern that its path, or any file inside it, matches: a folder goes as
// a whole or not at all.
#pragma once

#include <string>
#include <vector>

#include "repo/repository.hpp"
#include "workdir/ignore.hpp"

namespace cairn::repo {

struct PushBound {
  bool bound = false;
  std::string pattern, remote;  // what binds it; remote empty: to no remote at all
  bool unknown = false;         // its list of files is not here, and a pattern may match inside

  [[nodiscard]] bool allows(const std::string& name) const {
    return !bound || (!remote.empty() && remote == name);
  }
};

class PushPolicy {
 public:
  explicit PushPolicy(const config::Settings& settings);
  [[nodiscard]] bool empty() const { return rules_.empty(); }
  // `store` may be absent. Reads pages of a folder only where a pattern may match inside of it.
  Result<PushBound> of(const Tracked& version, const store::Store* store) const;

 private:
  struct Rule {
    config::PathPolicy policy;
    workdir::PatternList matches;
  };
  std::vector<Rule> rules_;
};

}  // namespace cairn::repo
