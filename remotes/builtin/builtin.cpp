#include "remotes/builtin/builtin.hpp"

#include <array>
#include <string_view>

#include "base/text.hpp"
#include "remotes/dir/dir_remote.hpp"

namespace cairn::remotes {
namespace {

struct Backend {
  std::string_view scheme;  // "" is a bare path
  Result<std::unique_ptr<Remote>> (*open)(const RemoteConfig& config);
};
constexpr std::array kBackends{
    Backend{"", DirRemote::open},
    Backend{"file", DirRemote::open},
};
constexpr std::string_view kSupported = "a directory: /path/to/it or file:///path/to/it";

// "s3" of "s3://bucket"; "" for a path. A scheme is a letter, then letters, digits, '+', '-' and
// '.' (RFC 3986).
std::string_view scheme_of(std::string_view url) {
  const std::size_t at = url.find("://");
  if (at == std::string_view::npos || url.find('/') < at) return {};
  return url.substr(0, at);
}

Result<std::unique_ptr<Remote>> open_by_scheme(const RemoteConfig& config) {
  const std::string_view scheme = scheme_of(config.url);
  for (const Backend& backend : kBackends) {
    if (backend.scheme == scheme) return backend.open(config);
  }
  return Error(Code::kUsage, "remote `" + config.name + "`: this program does not know `" +
                                 base::printable(scheme) + "://` URLs")
      .hint("a remote may be " + std::string(kSupported))
      .slug("unknown-scheme");
}

}  // namespace

RemoteOpener builtin_opener() { return open_by_scheme; }

}  // namespace cairn::remotes
