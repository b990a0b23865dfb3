// Commits whose data the pre-push hook saw complete on its remotes, in
// $GIT_COMMON_DIR/cairn/pushed-commits: what later commits carry on unchanged from them need not be
// asked for again. Counts only as long as the remotes are the same, places included.
#pragma once

#include <set>
#include <string>

#include "repo/repository.hpp"

namespace cairn::hooks {

class KnownCommits {
 public:
  static Result<KnownCommits> load(const repo::Repository& repository);
  [[nodiscard]] const std::set<std::string>& commits() const { return commits_; }
  // The remotes are not those of the last push: what was noted by their names says nothing.
  [[nodiscard]] bool moved() const { return moved_; }
  // Replaces what is there.
  static Status save(const repo::Repository& repository, const std::set<std::string>& commits);

 private:
  std::set<std::string> commits_;
  bool moved_ = false;
};

}  // namespace cairn::hooks
