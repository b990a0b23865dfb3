#include "remotes/builtin/builtin.hpp"

#include <memory>
#include <string_view>
#include <utility>

#include "base/text.hpp"
#include "remotes/builtin/http_backend.hpp"
#include "remotes/builtin/s3_backend.hpp"
#include "remotes/dir/dir_remote.hpp"

namespace cairn::remotes {
namespace {

constexpr std::string_view kSupported =
    "a directory (/path/to/it or file:///path/to/it), a bucket (s3://bucket/prefix) or, read-only, "
    "a web server (https://host/path)";

// "s3" of "s3://bucket"; "" for a path. A scheme is a letter, then letters, digits, '+', '-' and
// '.' (RFC 3986).
std::string_view scheme_of(std::string_view url) {
  const std::size_t at = url.find("://");
  if (at == std::string_view::npos || url.find('/') < at) return {};
  return url.substr(0, at);
}

Error unknown_scheme(const RemoteConfig& config, std::string_view scheme) {
  return Error(Code::kUsage, "remote `" + config.name + "`: this program does not know `" +
                                 base::printable(scheme) + "://` URLs")
      .hint("a remote may be " + std::string(kSupported))
      .slug("unknown-scheme");
}

}  // namespace

RemoteOpener builtin_opener(Surroundings surroundings) {
  const auto budgets = std::make_shared<net::RetryBudgets>();
  const auto http = std::make_shared<HttpBackend>(surroundings, budgets);
  const auto s3 = std::make_shared<S3Backend>(std::move(surroundings), budgets);
  return [http, s3](const RemoteConfig& config) -> Result<std::unique_ptr<Remote>> {
    const std::string_view scheme = scheme_of(config.url);
    if (scheme.empty() || scheme == "file") return DirRemote::open(config);
    if (scheme == "http" || scheme == "https") return http->open(config);
    if (scheme == "s3") return s3->open(config);
    return unknown_scheme(config, scheme);
  };
}

}  // namespace cairn::remotes
