// Which remotes may be asked over plain http. This machine may; any other only where this clone's
// own config names that very host (allow-http): a commit can move a remote, and must not take the
// permission along.
#pragma once

#include <functional>
#include <mutex>
#include <set>
#include <string>

#include "cairn/remote.hpp"
#include "net/http_client.hpp"

namespace cairn::remotes {

class PlainHttpRule {
 public:
  explicit PlainHttpRule(std::function<void(const std::string&)> warn) : warn_(std::move(warn)) {}

  // `place` is the URL or endpoint that requests go to; empty where the backend knows better.
  // kUntrusted, plain-http, where the permission is of another host; warns once for each host that
  // is asked in the clear.
  Result<net::PlainHttp> decide(const RemoteConfig& config, const std::string& place);

 private:
  const std::function<void(const std::string&)> warn_;
  std::mutex mutex_;
  std::set<std::string> told_;
};

}  // namespace cairn::remotes
