// What a commit takes over from the commits it builds on: a merge brings files of both sides whose
// data need not be in this clone, and a partly checked out folder keeps files that never were here.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "format/tree.hpp"
#include "repo/repository.hpp"
#include "sync/gaps.hpp"

namespace cairn::hooks {

// What is tracked in the commits that the one being made builds on: HEAD, and the heads of an
// unfinished merge or cherry-pick.
class Parents {
 public:
  explicit Parents(const repo::Repository& repository) : repository_(repository) {}
  // A list for each of them, sorted by path; git is asked when the first one is wanted, and once.
  Result<std::span<const std::vector<repo::Tracked>>> versions();

 private:
  const repo::Repository& repository_;
  std::optional<std::vector<std::vector<repo::Tracked>>> versions_;
};

// Selects the files (paths from the top) that no parent has as they are in `tracked`. Everything
// where the lists of no parent are here.
Result<sync::Wants> files_not_inherited(Parents& parents, const repo::Tracked& tracked,
                                        const format::PageFetch& fetch);

}  // namespace cairn::hooks
