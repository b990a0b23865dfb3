#include "remotes/builtin/http_backend.hpp"

#include "base/system.hpp"
#include "remotes/http/http_remote.hpp"

namespace cairn::remotes {

Result<std::shared_ptr<net::HttpClient>> HttpBackend::client(const RemoteSettings& settings,
                                                             net::PlainHttp plain_http) {
  const RemoteSettings key = sharing_key(settings, {"ca-file"}, plain_http);
  const std::lock_guard lock(mutex_);
  if (const auto found = clients_.find(key); found != clients_.end()) return found->second;
  auto options = client_options(settings, surroundings_.variable);
  options.plain_http = plain_http;
  options.trace = surroundings_.trace;
  return clients_.emplace(key, std::make_shared<net::HttpClient>(std::move(options))).first->second;
}

Result<std::unique_ptr<Remote>> HttpBackend::open(const RemoteConfig& config) {
  CAIRN_TRY(const auto plain_http, plain_http_.decide(config, config.url));
  auto http = client(config.options, plain_http);
  if (!http.ok()) return std::move(http).error().with("remote `" + config.name + "`");
  return HttpRemote::open(config, {*std::move(http), std::make_shared<base::SystemClock>(),
                                   std::make_shared<base::SystemEntropy>(), budgets_});
}

}  // namespace cairn::remotes
