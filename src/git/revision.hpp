// Revisions that users type: what may reach git's command line, and what is said when git knows
// none.
#pragma once

#include <string>
#include <vector>

#include "cairn/result.hpp"
#include "git/git_command.hpp"

namespace cairn::git {

// kUsage for what git would take for an option or a second line.
Status check_revision(const std::string& revision);
// As above, but the options that select refs ("--not", "--remotes=origin", …) are allowed.
Status check_range(const std::vector<std::string>& range);

// kUsage, with the fetch line when the clone is shallow.
Error unknown_revision(const std::string& revision, const GitPaths& paths);
// A failed rev-list: kUsage when git did not know a revision, else its own reason.
Error range_failure(const base::ProcessResult& result, const GitPaths& paths);

}  // namespace cairn::git
