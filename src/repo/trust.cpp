#include "repo/trust.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "repo/trust_records.hpp"

namespace cairn::repo {

namespace {

constexpr std::string_view kAmazonHost = "amazonaws.com";

struct Origin {
  std::string text;  // "https://host:9000"
  std::string host;
};

// Of "scheme://user@host:port/path"; the host of an IPv6 address keeps its brackets.
Origin origin_of(std::string_view url) {
  const std::size_t scheme_end = url.find("://");
  const std::size_t start = scheme_end == std::string_view::npos ? 0 : scheme_end + 3;
  const std::size_t end = std::min(url.find_first_of("/?#", start), url.size());
  std::string_view authority = url.substr(start, end - start);
  if (const auto at = authority.rfind('@'); at != std::string_view::npos)
    authority.remove_prefix(at + 1);
  const std::size_t bracket = authority.rfind(']');
  const std::size_t colon = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
  return {base::lower_ascii(url.substr(0, start)) + base::lower_ascii(authority),
          base::lower_ascii(authority.substr(0, colon))};
}

Result<bool> is_trusted(const Repository& repository, const config::RemoteSetting& setting) {
  const auto place = trust_place(setting);
  if (host_in_variable(repository, place.host)) return true;
  return has_trust_record(repository, setting.name, place.text);
}

}  // namespace

TrustPlace trust_place(const config::RemoteSetting& setting) {
  if (!setting.url.starts_with("s3://")) {
    const Origin origin = origin_of(setting.url);
    return {origin.host, setting.url};
  }
  const std::string bucket = setting.url.substr(0, setting.url.find('/', 5));
  const auto endpoint = setting.options.find("endpoint");
  if (endpoint == setting.options.end()) return {std::string(kAmazonHost), bucket + " at Amazon"};
  const Origin origin = origin_of(endpoint->second);
  return {origin.host, bucket + " at " + origin.text};
}

Status check_trust(const Repository& repository, const config::RemoteSetting& setting) {
  if (!setting.committed) return {};
  CAIRN_TRY(const bool trusted, is_trusted(repository, setting));
  if (trusted) return {};
  const TrustPlace place = trust_place(setting);
  const std::string shown = base::printable(place.text);
  const auto& ask = repository.environment().ask;
  if (ask && ask("remote `" + setting.name + "` of this repository is " + shown +
                 ".\nYour credentials would sign requests to it. Trust it?")) {
    return add_trust(repository, setting);
  }
  return Error(Code::kUntrusted,
               "remote `" + setting.name + "` is " + shown +
                   ", which only this repository's .cairn/config names: nothing was sent there")
      .hint("`cairn trust " + setting.name +
            "` allows it from this machine; in CI, CAIRN_TRUST=" + base::printable(place.host))
      .slug("untrusted");
}

Status add_trust(const Repository& repository, const config::RemoteSetting& setting) {
  const auto place = trust_place(setting);
  return change_trust_records(repository, {setting.name, "", place.text, place.host});
}

Status remove_trust(const Repository& repository, const config::RemoteSetting& setting) {
  return change_trust_records(repository, {setting.name});
}

Result<std::vector<TrustState>> trust_states(const Repository& repository) {
  std::vector<TrustState> out;
  for (const auto& setting : repository.settings().remotes) {
    TrustState state{setting.name, trust_place(setting).text, setting.committed, true};
    if (setting.committed) {
      CAIRN_TRY(state.trusted, is_trusted(repository, setting));
    }
    out.push_back(std::move(state));
  }
  return out;
}

}  // namespace cairn::repo
