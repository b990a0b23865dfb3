// pull, restore and ci where data goes into the files as it comes, and what the local store has is
// used. With --no-store lists stay in memory and nothing is kept; else the store gets all that
// comes.
#pragma once

#include <optional>
#include <vector>

#include "repo/exact_fetch.hpp"
#include "repo/operations.hpp"
#include "repo/passage.hpp"

namespace cairn::repo {

struct Passed {
  FetchCommandReport fetched;
  bool asked = false;  // a remote was asked
  Fingerprint fingerprint;
  CheckoutReport written;
};

// Exact or nothing, as pull(). An interruption leaves old or new files.
Result<PullReport> pull_through(const Context& context, Repository& repository,
                                const FetchCommandOptions& options, bool force,
                                const PullSource& from);

struct ThroughOptions {
  FetchCommandOptions how;
  FetchLimits limits;
  bool offline = false;
  bool force = false;
  bool require_clean = false;
  bool all = false;  // as in CheckoutOptions
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
