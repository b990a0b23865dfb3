// Files of the tree that are symbolic links to the store's links/ (checkout --link symlink): for
// everything but writing they are the files they stand for.
#pragma once

#include <optional>
#include <string>

#include "base/fd.hpp"
#include "repo/repository.hpp"
#include "repo/tree_state.hpp"

namespace cairn::repo {

// Makes a file, with the stamps of the object, of every node that is such a link. Links to objects
// that are gone go to `dangling` and have an id that no file has.
Status resolve_shared(const Repository& repository, const std::string& path, LocalTree& local);

// The object that a link stands for: nothing for links of other kinds, "" for one whose object is
// gone.
std::optional<std::string> shared_object(const Repository& repository, const std::string& target);

// The bytes of node i, for reading; the target of a node that is a link. Wherever they lie.
Result<std::string> read_node_link(const Repository& repository, const std::string& path,
                                   const LocalTree& local, std::size_t i);
Result<base::Fd> open_node(const Repository& repository, const std::string& path,
                           const LocalTree& local, std::size_t i);

}  // namespace cairn::repo
