// Which cutter the repository is pinned to, by its number in recipes.
#pragma once

#include "chunk/structure_cuts.hpp"
#include "repo/repository.hpp"

namespace cairn::repo {

inline std::uint16_t pinned_chunker(const Repository& repository) {
  return repository.settings().chunker == "gear1" ? chunk::kGear1 : chunk::kStructure1;
}

}  // namespace cairn::repo
