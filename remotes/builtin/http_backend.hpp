// Opens read-only remotes behind web servers. The client is made when the first remote needs it;
// remotes with the same connection settings share it.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <utility>

#include "cairn/remote.hpp"
#include "net/http_client.hpp"
#include "net/retry_policy.hpp"
#include "remotes/builtin/builtin.hpp"
#include "remotes/builtin/plain_http.hpp"
#include "remotes/builtin/s3_settings.hpp"

namespace cairn::remotes {

class HttpBackend {
 public:
  HttpBackend(Surroundings surroundings, std::shared_ptr<net::RetryBudgets> budgets)
      : surroundings_(std::move(surroundings)),
        budgets_(std::move(budgets)),
        plain_http_(surroundings_.warn) {}
  Result<std::unique_ptr<Remote>> open(const RemoteConfig& config);

 private:
  Result<std::shared_ptr<net::HttpClient>> client(const RemoteSettings& settings,
                                                  net::PlainHttp plain_http);

  const Surroundings surroundings_;
  const std::shared_ptr<net::RetryBudgets> budgets_;
  PlainHttpRule plain_http_;
  std::mutex mutex_;
  std::map<RemoteSettings, std::shared_ptr<net::HttpClient>>
      clients_;  // by those settings that concern connections
};

}  // namespace cairn::remotes
