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
  // What HEAD has at the paths that `at` is asked for, from one who knows it: git is then asked
  // for whole commits only while something is merged.
  void know_head(std::vector<repo::Tracked> tracked);
  // What they have at a path. Valid until the next call of know_head.
  Result<std::vector<const repo::Tracked*>> at(std::string_view path);
  // A list for each of them, sorted by path; git is asked when the first one is wanted, and once.
  Result<std::span<const std::vector<repo::Tracked>>> versions();

 private:
  Result<bool> head_says_all();

  const repo::Repository& repository_;
  std::optional<std::vector<repo::Tracked>> head_;
  std::optional<bool> says_all_;
  std::optional<std::vector<std::vector<repo::Tracked>>> versions_;
};

// Selects the files (paths from the top) that no parent has as they are in `tracked`. Everything
// where the lists of no parent are here.
Result<sync::Wants> files_not_inherited(Parents& parents, const repo::Tracked& tracked,
                                        const format::PageFetch& fetch);

}  // namespace cairn::hooks
