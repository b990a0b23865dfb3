#include "remotes/builtin/builtin.hpp"

#include <memory>
#include <string_view>
#include <utility>

#include "base/text.hpp"
#include "remotes/builtin/s3_backend.hpp"
#include "remotes/dir/dir_remote.hpp"

namespace cairn::remotes {
namespace {

constexpr std::string_view kSupported =
    "a directory (/path/to/it or file:///path/to/it) or a bucket (s3://bucket/prefix)";

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
  const auto s3 = std::make_shared<S3Backend>(std::move(surroundings));
  return [s3](const RemoteConfig& config) -> Result<std::unique_ptr<Remote>> {
    const std::string_view scheme = scheme_of(config.url);
    if (scheme.empty() || scheme == "file") return DirRemote::open(config);
    if (scheme == "s3") return s3->open(config, config.options);
    return unknown_scheme(config, scheme);
  };
}

}  // namespace cairn::remotes
