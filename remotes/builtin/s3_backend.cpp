#include "remotes/builtin/s3_backend.hpp"

#include "base/system.hpp"
#include "remotes/s3/credentials/chain.hpp"
#include "remotes/s3/credentials/system_outside.hpp"
#include "remotes/s3/s3_remote.hpp"

namespace cairn::remotes {
std::shared_ptr<s3::CredentialProvider> S3Backend::credentials(
    const RemoteSettings& settings, const std::shared_ptr<net::HttpClient>& http,
    Clock& clock) const {
  const auto environment =
      [variable = surroundings_.variable](const std::string& name) -> std::optional<std::string> {
    return variable ? variable(name) : std::nullopt;
  };
  s3::ChainOptions options;
  options.profile = setting(settings, "profile");
  options.region = setting(settings, "region");
  options.anonymous = setting(settings, "anonymous") == "true";
  return std::make_shared<s3::CredentialChain>(std::move(options),
                                               s3::system_outside(environment, http, clock));
}

Result<s3::S3Services> S3Backend::services(const RemoteSettings& settings,
                                           net::PlainHttp plain_http) {
  const RemoteSettings key =
      sharing_key(settings, {"anonymous", "profile", "ca-file", "region"}, plain_http);
  const std::lock_guard lock(mutex_);
  if (const auto found = services_.find(key); found != services_.end()) return found->second;
  auto client = client_options(settings, surroundings_.variable);
  client.plain_http = plain_http;
  client.trace = surroundings_.trace;
  const auto http = std::make_shared<net::HttpClient>(std::move(client));
  const auto clock = std::make_shared<base::SystemClock>();
  const s3::S3Services made{credentials(settings, http, *clock), http, clock,
                            std::make_shared<base::SystemEntropy>(), budgets_};
  return services_.emplace(key, made).first->second;
}

Result<std::unique_ptr<Remote>> S3Backend::open(const RemoteConfig& config) {
  const auto named = [&](Error error) {
    return std::move(error).with("remote `" + config.name + "`");
  };
  auto options = s3_options(config.options, surroundings_.variable);
  if (!options.ok()) return named(std::move(options).error());
  CAIRN_TRY(const auto plain_http, plain_http_.decide(config, options->endpoint));
  auto shared = services(config.options, plain_http);
  if (!shared.ok()) return named(std::move(shared).error());
  return s3::open_s3(config, *options, *shared);
}

}  // namespace cairn::remotes
