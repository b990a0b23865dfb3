#include "remotes/builtin/s3_backend.hpp"

#include <array>

#include "base/system.hpp"
#include "remotes/s3/credentials/chain.hpp"
#include "remotes/s3/credentials/system_outside.hpp"
#include "remotes/s3/s3_remote.hpp"

namespace cairn::remotes {
namespace {

RemoteSettings of_connections(const RemoteSettings& settings) {
  constexpr std::array kKeys{"anonymous", "profile", "ca-file", "allow-http", "region"};
  RemoteSettings out;
  for (const char* key : kKeys) {
    if (const auto found = settings.find(key); found != settings.end()) out.insert(*found);
  }
  return out;
}

std::string value_of(const RemoteSettings& settings, const std::string& key) {
  const auto found = settings.find(key);
  return found == settings.end() ? std::string() : found->second;
}

}  // namespace

std::shared_ptr<s3::CredentialProvider> S3Backend::credentials(
    const RemoteSettings& settings, const std::shared_ptr<net::HttpClient>& http,
    Clock& clock) const {
  const auto environment =
      [variable = surroundings_.variable](const std::string& name) -> std::optional<std::string> {
    return variable ? variable(name) : std::nullopt;
  };
  s3::ChainOptions options;
  options.profile = value_of(settings, "profile");
  options.region = value_of(settings, "region");
  options.anonymous = value_of(settings, "anonymous") == "true";
  return std::make_shared<s3::CredentialChain>(std::move(options),
                                               s3::system_outside(environment, http, clock));
}

Result<s3::S3Services> S3Backend::services(const RemoteSettings& settings) {
  const RemoteSettings key = of_connections(settings);
  const std::lock_guard lock(mutex_);
  if (const auto found = services_.find(key); found != services_.end()) return found->second;
  CAIRN_TRY(auto client, client_options(settings, surroundings_.variable));
  client.trace = surroundings_.trace;
  const auto http = std::make_shared<net::HttpClient>(std::move(client));
  const auto clock = std::make_shared<base::SystemClock>();
  const s3::S3Services made{credentials(settings, http, *clock), http, clock,
                            std::make_shared<base::SystemEntropy>()};
  return services_.emplace(key, made).first->second;
}

Result<std::unique_ptr<Remote>> S3Backend::open(const RemoteConfig& config,
                                                const RemoteSettings& settings) {
  CAIRN_TRY(const auto options, s3_options(settings, surroundings_.variable));
  CAIRN_TRY(const auto shared, services(settings));
  return s3::open_s3(config, options, shared);
}

}  // namespace cairn::remotes
