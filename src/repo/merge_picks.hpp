// What was decided so far in a pointer's conflict, until the last file of it is: one text file for
// each path in $GIT_DIR/cairn/merge. It counts only for the very blobs that it was made for.
#pragma once

#include <map>
#include <string>

#include "merge/folder_merge.hpp"
#include "repo/repository.hpp"

namespace cairn::repo {

struct MergePicks {
  std::string merge;                         // names the three sides
  std::map<std::string, merge::Side> sides;  // by path inside the folder
};

// Without picks where there are none, or those of another merge.
Result<MergePicks> read_picks(const Repository& repository, const git::PointerConflict& conflict);
Status save_picks(const Repository& repository, const git::PointerConflict& conflict,
                  const MergePicks& picks);
Status drop_picks(const Repository& repository, const std::string& pointer);

const char* side_name(merge::Side side);  // "ours"
std::optional<merge::Side> side_of(std::string_view name);

}  // namespace cairn::repo
