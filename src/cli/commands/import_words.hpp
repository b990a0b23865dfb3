// Words that the imports from other tools share.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "cli/format_reply.hpp"

namespace cairn::cli {

// What --all-commits could bring of `versions`, and a line for each of the `lost` ones.
inline std::string older_versions_text(std::uint64_t had, std::uint64_t versions,
                                       const std::vector<std::string>& lost) {
  constexpr std::size_t kMostShown = 20;
  std::string out = "older commits: " + base::human_count(had) + " of " +
                    counted(versions, "version") + " could be had\n";
  for (std::size_t i = 0; i < std::min(lost.size(), kMostShown); ++i)
    out += "  not had: " + lost[i] + "\n";
  if (lost.size() > kMostShown)
    out += "  and " + base::human_count(lost.size() - kMostShown) + " more (--json)\n";
  return out;
}

}  // namespace cairn::cli
