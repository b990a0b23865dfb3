// What `--raw -z` of git's diffs prints: ":mode mode id id status" and the path, by turns.
#pragma once

#include <string_view>
#include <utility>
#include <vector>

#include "base/text.hpp"
#include "git/git_command.hpp"

namespace cairn::git {

// Calls visit(fields, path) for every change; fields are those five, the first with its colon.
template <typename Visit>
void for_each_raw_change(std::string_view output, const Visit& visit) {
  std::string_view change;
  for_each_part(output, '\0', [&](std::string_view part) {
    if (change.empty()) {
      change = part.substr(part.rfind('\n') + 1);  // lines before it name the trees compared
      return;
    }
    const auto fields = base::split(std::exchange(change, {}), ' ');
    if (fields.size() == 5) visit(fields, part);
  });
}

}  // namespace cairn::git
