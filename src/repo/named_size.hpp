// How much data a commit, or what is staged, names in all: what a budget is held against.
#pragma once

#include <string>
#include <vector>

#include "repo/repository.hpp"

namespace cairn::repo {

struct NamedSize {
  std::uint64_t bytes = 0;       // before compression, as the pointers say
  std::vector<Tracked> largest;  // the largest paths, largest first
};

// Of the newest commit of a range ("A..B": B); "": of the pointers that are staged.
Result<NamedSize> named_size(const Repository& repository, const std::string& range);

}  // namespace cairn::repo
