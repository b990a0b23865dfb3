#include "remotes/http/redirect.hpp"

#include "base/text.hpp"
#include "net/trace.hpp"
#include "net/url_parts.hpp"

namespace cairn::remotes {

Result<std::string> redirect_target(const std::string& url, std::string_view location) {
  CAIRN_TRY(const net::UrlParts from, net::parse_http_url(url));
  const std::string origin = std::string(from.plain ? "http://" : "https://") + from.authority;
  std::string target(location.substr(0, location.find('#')));
  if (target.starts_with("//")) target.insert(0, from.plain ? "http:" : "https:");
  if (target.starts_with('/')) target.insert(0, origin);
  const auto to = net::parse_http_url(target);
  if (!to.ok()) {
    return Error(Code::kNetwork, from.authority + " leads to a place that cannot be asked: `" +
                                     base::printable(net::redact_url(target.substr(0, 200))) + "`")
        .slug("bad-answer");
  }
  if (to->plain != from.plain || to->authority != from.authority) {
    return Error(Code::kUntrusted, origin + " leads to another server, `" +
                                       std::string(to->plain ? "http://" : "https://") +
                                       to->authority + "`")
        .hint("if that is where the data is, name it: cairn remote set NAME URL")
        .slug("redirected-elsewhere");
  }
  return target;
}

}  // namespace cairn::remotes
