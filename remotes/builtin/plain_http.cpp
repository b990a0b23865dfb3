#include "remotes/builtin/plain_http.hpp"

#include "base/text.hpp"
#include "net/address.hpp"
#include "net/url_parts.hpp"
#include "remotes/builtin/s3_settings.hpp"

namespace cairn::remotes {
namespace {

// Before the setting named a host it was `true`, and then it was for any.
Error of_another_host(const RemoteConfig& config, const std::string& host,
                      const std::string& allowed) {
  const std::string whose = allowed == "true" ? "no host in particular" : "`" + allowed + "`";
  return Error(Code::kUntrusted, "remote `" + config.name + "` is at http://" +
                                     base::printable(host) + ", and plain http was allowed for " +
                                     base::printable(whose) + ": nothing was sent")
      .hint("if that host is right: git config cairn-remote." + config.name + ".allow-http " +
            base::printable(host))
      .slug("plain-http");
}

}  // namespace

Result<net::PlainHttp> PlainHttpRule::decide(const RemoteConfig& config, const std::string& place) {
  const std::string allowed = base::lower_ascii(setting(config.options, "allow-http"));
  const auto parts = net::parse_http_url(place);
  if (allowed.empty() || allowed == "false" || !parts.ok() || !parts->plain ||
      net::is_loopback_host(parts->host)) {
    return net::PlainHttp::kLoopbackOnly;
  }
  const std::string host = base::lower_ascii(parts->host);
  if (allowed != host && allowed != "[" + host + "]") return of_another_host(config, host, allowed);
  const std::lock_guard lock(mutex_);
  if (warn_ && told_.insert(host).second) {
    warn_("remote `" + config.name + "`: http://" + parts->authority +
          " is asked in the clear: anybody on the way can read and change the data");
  }
  return net::PlainHttp::kAllowed;
}

}  // namespace cairn::remotes
