// Fetching versions by their roots: tables, pages and locators, then records in the order of the
// versions' files. Of several, what is of one kind comes with the same requests.
#pragma once

#include "sync/arrivals.hpp"
#include "sync/gaps.hpp"
#include "sync/remote_table.hpp"

namespace cairn::sync {

struct FetchPlan {  // of a dry run
  std::uint64_t chunks = 0;
  std::uint64_t plain_bytes = 0;
};

struct RootedVersion {
  const Version* version = nullptr;
  RemoteTablePtr table;
};
// What cannot be had by the roots' places is left out, without an error: find_gaps() tells. With
// `dry_run` only pages and locators are read, nothing is stored, and what would be is counted
// there.
Status fetch_by_root(const RemoteView& view, Arrivals& arrivals,
                     std::span<const RootedVersion> versions, const Wants& wants,
                     FetchPlan* dry_run);

}  // namespace cairn::sync
