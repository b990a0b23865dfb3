// The last step of every operation that changes what is tracked: pointer, ignore rule, git's index,
// stat cache, in that order and under one lock, so that many commands in one clone wait for each
// other.
#pragma once

#include <string>
#include <vector>

#include "repo/repository.hpp"
#include "workdir/stat_cache.hpp"

namespace cairn::repo {

struct Publication {
  Tracked tracked;
  bool pointer_unchanged = false;  // only the stat cache is new
  bool in_tree = true;             // the data lies in the work tree: save its state
  workdir::WorkState state;
  std::int64_t now_ns = 0;   // read before its files were
  std::string outside = {};  // where the data stands that is not in the tree
};

// Whether the rule that keeps git away from a tracked path can be written: kConflict where its
// .gitignore is no plain file. What writes data asks before; the functions below do so too.
Status check_ignore_file(const Repository& repository, const std::string& tracked);

// Returns the files staged. `git_rm`: data at these paths is taken out of git's index first.
Result<std::vector<std::string>> publish(const Repository& repository,
                                         const std::vector<Publication>& publications, bool git_rm);

// Removes pointer and ignore rule and stages that (rm, mv). kKeep: the data stays, and git must not
// pick it up.
enum class IgnoreLine { kRemove, kKeep };
Status unpublish(const Repository& repository, const std::vector<std::string>& paths,
                 IgnoreLine ignore_line);

// Only pointers, already decided elsewhere (checkout REV -- PATH).
Result<std::vector<std::string>> publish_pointers(const Repository& repository,
                                                  const std::vector<Tracked>& tracked);

// Pointers that are no part of the tree (repo/aliases.hpp).
Result<std::vector<std::string>> publish_aliases(const Repository& repository,
                                                 const std::vector<Tracked>& aliases);

// Only the pointer: .gitignore may be in conflict itself, which staging it would end (merge).
Status publish_pointer_alone(const Repository& repository, const Tracked& tracked);
Status unpublish_pointer_alone(const Repository& repository, const std::string& path);

}  // namespace cairn::repo
