// What the git hooks of this clone do: cairn-hooks(1), cairn-config(5).
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "cairn/result.hpp"

namespace cairn::config {

struct HookSettings {
  std::string setup;               // "on": installed, "off": declined, empty: never decided here
  std::string modified = "error";  // data changed behind its pointer: error, warn, off
  std::uint64_t max_blob_bytes = std::uint64_t{5} << 20;  // of a staged blob; 0: no limit
  std::uint64_t max_commit_bytes = 0;                     // of new data in a commit; 0: no limit
  std::string unsafe_models = "warn";  // files that run code when they are read: error, warn, off
  std::string pre_push = "push";       // push, check, off
  // What pre-push uploads at most, since servers close connections that wait; 0: no limit.
  std::uint64_t max_push_bytes = std::uint64_t{1} << 30;
};

// `committed` holds the allowed keys only. What this clone says takes the place of what is
// committed.
Result<HookSettings> read_hook_settings(
    const std::vector<std::pair<std::string, std::string>>& committed,
    const std::vector<std::pair<std::string, std::string>>& git_config);

}  // namespace cairn::config
