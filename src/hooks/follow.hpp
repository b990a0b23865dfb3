// After git moved to another commit: the data of changed pointers follows, from the local store
// alone. The commit that was followed last stands in $GIT_DIR/cairn/followed, so that moves that no
// hook saw count with the next one, and a commit that changes no pointer costs no look at any data.
#pragma once

#include <string>
#include <vector>

#include "hooks/event.hpp"
#include "repo/repository.hpp"

namespace cairn::hooks {

struct FollowReport {
  std::vector<std::string> followed;  // paths brought to their pointers
  std::uint64_t files_written = 0, files_removed = 0;
  std::vector<std::string> missing;  // data not in the local store
  std::uint64_t missing_bytes = 0;   // of those versions, at most
  std::vector<std::string> kept;     // local changes in the way
  std::vector<std::string> trouble;  // why else something did not follow
};

// `arguments` as git gives them to the event. Overwrites no change, contacts nobody; nothing
// happens while a rebase, merge or cherry-pick is under way.
Result<FollowReport> follow(const Context& context, repo::Repository& repository, Event event,
                            const std::vector<std::string>& arguments);

// Whether git is inside of something that goes on after this event.
bool is_under_way(const std::string& git_dir, Event event,
                  const std::vector<std::string>& arguments);

}  // namespace cairn::hooks
