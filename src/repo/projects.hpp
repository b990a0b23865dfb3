// The projects that share a store (cairn.store), projects/<uuid> in cairn-store(5): each file says
// where a clone is and which versions it was last known to need, so that a collection in one never
// removes what only another uses.
#pragma once

#include <vector>

#include "repo/repository.hpp"

namespace cairn::repo {

// Makes the file of this clone, before anything of it is stored; a clone that was moved gets its
// place corrected, a copied one a file of its own. Nothing for a store of one's own.
Status register_project(const Repository& repository);

// Adds versions to those that this clone needs. Before a pointer names them.
Status note_roots(const Repository& repository, const std::vector<Tracked>& versions);

// What every other project needs: what was noted, and what git there refers to now where it can be
// reached. A project that cannot be reached keeps what was noted. A file or pointer that cannot be
// read is an error: nothing may be collected then.
Result<std::vector<Tracked>> versions_of_others(const Context& context,
                                                const Repository& repository);

// What this clone has noted so far; and, for a collection, what it needs now in the place of that.
// What was noted in between stays.
Result<std::vector<Tracked>> noted_roots(const Repository& repository);
Status renew_roots(const Repository& repository, const std::vector<Tracked>& noted,
                   std::vector<Tracked> needed);

}  // namespace cairn::repo
