// Which remotes are asked for versions, one after the other until everything is here.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "repo/operations.hpp"
#include "sync/fetch_source.hpp"
#include "sync/transfer.hpp"

namespace cairn::repo {

// Opened when it is asked for the first time.
struct FarRemote {
  config::RemoteSetting setting;
  std::unique_ptr<Remote> remote = {};
  std::unique_ptr<sync::FetchSource> source = {};
  bool away = false;      // it could not be asked for anything
  std::string told = {};  // the last warning about it
};
using ReadingOrder = std::vector<FarRemote>;
// One remote when it is named, else those of cairn.read-remotes, else the default one.
Result<ReadingOrder> reading_order(const Repository& repository, const std::string& typed);

struct FarFetch {
  const Context& context;
  const Repository& repository;
  std::size_t versions = 0;
  bool dry_run = false;
  std::function<Result<sync::FetchReport>(sync::FetchSource& source)> bring;
  bool note = true;  // what was seen there; a dry run notes nothing
};
// Each brings what is there; kMissing or kCorrupt when something is left after the last one.
Result<FetchCommandReport> fetch_in_order(const FarFetch& ask, ReadingOrder& order);
// Adds what another fetch of the same command brought.
void add_fetched(const FetchCommandReport& more, FetchCommandReport& sum);

}  // namespace cairn::repo
