// Opens S3 remotes. HTTP client and credentials are made when the first remote needs them; remotes
// with the same connection settings share both.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "cairn/remote.hpp"
#include "net/retry_policy.hpp"
#include "remotes/builtin/builtin.hpp"
#include "remotes/builtin/plain_http.hpp"
#include "remotes/builtin/s3_settings.hpp"
#include "remotes/s3/options.hpp"

namespace cairn::remotes {

class S3Backend {
 public:
  S3Backend(Surroundings surroundings, std::shared_ptr<net::RetryBudgets> budgets)
      : surroundings_(std::move(surroundings)),
        budgets_(std::move(budgets)),
        plain_http_(surroundings_.warn) {}
  Result<std::unique_ptr<Remote>> open(const RemoteConfig& config);

 private:
  // `clock` lives as long as the services that hold both.
  [[nodiscard]] std::shared_ptr<s3::CredentialProvider> credentials(
      const RemoteSettings& settings, const std::shared_ptr<net::HttpClient>& http,
      Clock& clock) const;
  Result<s3::S3Services> services(const RemoteSettings& settings, net::PlainHttp plain_http);

  const Surroundings surroundings_;
  const std::shared_ptr<net::RetryBudgets> budgets_;
  PlainHttpRule plain_http_;
  std::mutex mutex_;
  std::map<RemoteSettings, s3::S3Services>
      services_;  // by those settings that concern connections and identity
};

}  // namespace cairn::remotes
