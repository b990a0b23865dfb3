// Fetching a version by its root: table, pages and locators, then records in the order of the
// version's files.
#pragma once

#include "sync/arrivals.hpp"
#include "sync/gaps.hpp"
#include "sync/remote_table.hpp"

namespace cairn::sync {

struct FetchPlan {  // of a dry run
  std::uint64_t chunks = 0;
  std::uint64_t plain_bytes = 0;
};

// What cannot be had by the root's places is left out, without an error: find_gaps() tells. With
// `dry_run` only pages and locators are read, nothing is stored, and what would be is counted
// there.
Status fetch_by_root(const RemoteView& view, Arrivals& arrivals, const Version& version,
                     const Wants& wants, const RemoteTable& table, FetchPlan* dry_run);

}  // namespace cairn::sync
