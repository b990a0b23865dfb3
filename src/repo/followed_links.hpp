// add --links follow: links that lead out of a tracked folder stand for what lies there. Their
// content becomes part of the version; outside nothing is ever written.
#pragma once

#include "repo/repository.hpp"
#include "repo/tree_state.hpp"

namespace cairn::repo {

// Whether a link at `link` (path inside the folder) with this target leads out of the folder.
bool leads_out(const std::string& link, const std::string& target);

// Marks, in the mode of a recorded stat, what was followed when it was added. No file type or
// permission uses this bit.
inline constexpr std::uint32_t kFollowedMode = 1U << 31;

// Puts in the place of each link that leads out what it leads to: a file, or all that lies in a
// folder. kAdded: only of links that were followed when they were added, as the stat cache tells. A
// link that leads nowhere, to something special or into a circle is an error with kAll, and stays a
// link with kAdded.
Status follow_links(const Context& context, const Repository& repository, const std::string& path,
                    Follow which, LocalTree& local);

}  // namespace cairn::repo
