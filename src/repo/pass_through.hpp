// pull, restore and ci of versions of which nothing is kept (--no-store): lists come into memory,
// data into the files, and what the local store has is used.
#pragma once

#include <optional>
#include <vector>

#include "repo/exact_fetch.hpp"
#include "repo/operations.hpp"

namespace cairn::repo {

struct Passed {
  FetchCommandReport fetched;
  bool asked = false;  // a remote was asked
  Fingerprint fingerprint;
  CheckoutReport written;
};

// Exact or nothing, as pull(). An interruption leaves old or new files.
Result<PullReport> pull_through(const Context& context, Repository& repository,
                                const FetchCommandOptions& options, bool force);

struct ThroughOptions {
  FetchCommandOptions how;
  FetchLimits limits;
  bool offline = false;
  bool force = false;
  bool require_clean = false;
};
// What ci() does in the work tree.
Result<Passed> checkout_through(const Context& context, Repository& repository,
                                const std::vector<Selected>& selected,
                                const ThroughOptions& options);
// ci's refusal of a tree that holds files of nobody.
Error not_clean(std::uint64_t files);
// What restore() and `ci --to` do.
Result<Passed> restore_through(const Context& context, Repository& repository,
                               const std::vector<Selected>& selected, const RestoreOptions& options,
                               const FetchLimits& limits);

}  // namespace cairn::repo
