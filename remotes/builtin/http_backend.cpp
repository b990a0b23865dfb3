#include "remotes/builtin/http_backend.hpp"

#include "base/system.hpp"
#include "remotes/http/http_remote.hpp"

namespace cairn::remotes {

Result<std::shared_ptr<net::HttpClient>> HttpBackend::client(const RemoteSettings& settings) {
  const RemoteSettings key = only(settings, {"ca-file", "allow-http"});
  const std::lock_guard lock(mutex_);
  if (const auto found = clients_.find(key); found != clients_.end()) return found->second;
  CAIRN_TRY(auto options, client_options(key, surroundings_.variable));
  options.trace = surroundings_.trace;
  return clients_.emplace(key, std::make_shared<net::HttpClient>(std::move(options))).first->second;
}

Result<std::unique_ptr<Remote>> HttpBackend::open(const RemoteConfig& config) {
  auto http = client(config.options);
  if (!http.ok()) return std::move(http).error().with("remote `" + config.name + "`");
  return HttpRemote::open(config, {*std::move(http), std::make_shared<base::SystemClock>(),
                                   std::make_shared<base::SystemEntropy>()});
}

}  // namespace cairn::remotes
