// What add refuses before it stores anything, each with the line to type instead.
#pragma once

#include "repo/operations.hpp"
#include "repo/tree_state.hpp"

namespace cairn::repo {

struct AddRequest {
  std::string path;                 // tracked path
  std::vector<std::string> inside;  // places inside a tracked folder; empty: the whole path
  std::optional<format::Pointer> old;
};

// Arguments (or -u) -> what to add. Refuses missing paths, pointers, links as arguments, overlaps,
// data that git tracks, pointers that git would ignore.
Result<std::vector<AddRequest>> resolve_add_requests(Repository& repository,
                                                     const AddOptions& options);

// Refuses special files and nested repositories; counts links and refuses those that leave the
// folder without a choice.
Status check_scan(const workdir::TreeRoot& root, const std::string& path, const LocalTree& local,
                  LinkChoice links, AddedPath& report);

// What is at `place` cannot be in one version with the file `below` it, which was left out here.
Error stands_in_the_way(const std::string& folder, const std::string& place,
                        const std::string& below);

// --from DIR: the folder above the data, opened; and the data's absolute path.
Result<workdir::TreeRoot> open_foreign(const Repository& repository, const AddOptions& options);
std::string foreign_path(const Repository& repository, const AddOptions& options);

}  // namespace cairn::repo
