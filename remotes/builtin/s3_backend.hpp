// Opens S3 remotes. HTTP client and credentials are made when the first remote needs them; remotes
// with the same connection settings share both.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "cairn/remote.hpp"
#include "remotes/builtin/builtin.hpp"
#include "remotes/builtin/s3_settings.hpp"
#include "remotes/s3/options.hpp"

namespace cairn::remotes {

class S3Backend {
 public:
  explicit S3Backend(Surroundings surroundings) : surroundings_(std::move(surroundings)) {}
  Result<std::unique_ptr<Remote>> open(const RemoteConfig& config);

 private:
  // `clock` lives as long as the services that hold both.
  [[nodiscard]] std::shared_ptr<s3::CredentialProvider> credentials(
      const RemoteSettings& settings, const std::shared_ptr<net::HttpClient>& http,
      Clock& clock) const;
  Result<s3::S3Services> services(const RemoteSettings& settings);

  const Surroundings surroundings_;
  std::mutex mutex_;
  std::map<RemoteSettings, s3::S3Services>
      services_;  // by those settings that concern connections and identity
};

}  // namespace cairn::remotes
