#include "remotes/builtin/s3_backend.hpp"

#include <array>

#include "base/system.hpp"
#include "remotes/s3/s3_remote.hpp"
#include "remotes/s3/static_credentials.hpp"

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

}  // namespace

Result<std::shared_ptr<s3::CredentialProvider>> S3Backend::credentials(const RemoteSettings& settings) const {
  const auto& variable = surroundings_.variable;
  if (const auto found = settings.find("anonymous"); found != settings.end() && found->second == "true") {
    return std::shared_ptr<s3::CredentialProvider>(std::make_shared<s3::StaticCredentials>(nullptr));
  }
  s3::Credentials keys{first_variable(variable, {"AWS_ACCESS_KEY_ID"}), s3::Secret(first_variable(variable, {"AWS_SECRET_ACCESS_KEY"})),
                       s3::Secret(first_variable(variable, {"AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN"})), {}};
  if (keys.access_key_id.empty() || keys.secret_access_key.empty()) {
    return Error(Code::kUnauthenticated, "there are no credentials for S3: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not both set")
        .hint("set both; the AWS tools print them: aws configure export-credentials --format env");
  }
  return std::shared_ptr<s3::CredentialProvider>(
      std::make_shared<s3::StaticCredentials>(std::make_shared<const s3::Credentials>(std::move(keys))));
}

Result<s3::S3Services> S3Backend::services(const RemoteSettings& settings) {
  const RemoteSettings key = of_connections(settings);
  const std::lock_guard lock(mutex_);
  if (const auto found = services_.find(key); found != services_.end()) return found->second;
  CAIRN_TRY(auto provider, credentials(settings));
  CAIRN_TRY(auto client, client_options(settings, surroundings_.variable));
  client.trace = surroundings_.trace;
  const s3::S3Services made{std::move(provider), std::make_shared<net::HttpClient>(std::move(client)),
                            std::make_shared<base::SystemClock>(), std::make_shared<base::SystemEntropy>()};
  return services_.emplace(key, made).first->second;
}

Result<std::unique_ptr<Remote>> S3Backend::open(const RemoteConfig& config, const RemoteSettings& settings) {
  CAIRN_TRY(const auto options, s3_options(settings, surroundings_.variable));
  CAIRN_TRY(const auto shared, services(settings));
  return s3::open_s3(config, options, shared);
}

}  // namespace cairn::remotes
