// Which remotes are asked for versions, one after the other until everything is here.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "repo/operations.hpp"
#include "sync/transfer.hpp"

namespace cairn::repo {

// One remote when it is named, else those of cairn.read-remotes, else the default one.
Result<std::vector<config::RemoteSetting>> reading_order(const Repository& repository,
                                                         const std::string& typed);

struct FarFetch {
  const Context& context;
  const Repository& repository;
  std::size_t versions = 0;
  bool dry_run = false;
  std::function<Result<sync::FetchReport>(Remote& remote)> bring;
};
// Each brings what is there; kMissing or kCorrupt when something is left after the last one.
Result<FetchCommandReport> fetch_in_order(const FarFetch& ask,
                                          const std::vector<config::RemoteSetting>& order);

}  // namespace cairn::repo
