// The identity token of a running GitHub job, from the service that the runner names in the
// environment of each step (with `permissions: id-token: write`).
// https://docs.github.com/actions/reference/security/oidc#methods-for-requesting-the-oidc-token
#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "base/text.hpp"
#include "net/address.hpp"
#include "net/url_parts.hpp"
#include "remotes/s3/credentials/source.hpp"

namespace cairn::remotes::s3 {
namespace {

constexpr const char* kAudience = "sts.amazonaws.com";

// The request token is worth the job's identity: it goes over TLS, or to this host.
Result<net::Request> request_of(const std::string& url, const Secret& bearer) {
  const auto parts = net::parse_http_url(url);
  if (!parts.ok() || (parts->plain && !net::is_loopback_host(parts->host)))
    return source_error("ACTIONS_ID_TOKEN_REQUEST_URL is neither https nor this host");
  if (base::has_control_character(bearer.reveal()))
    return source_error("ACTIONS_ID_TOKEN_REQUEST_TOKEN holds a line end or control character");
  net::Request out;
  out.url = fmt::format("{}{}audience={}", url, url.find('?') == std::string::npos ? '?' : '&',
                        kAudience);
  out.headers = {{"authorization", fmt::format("Bearer {}", bearer.reveal())},
                 {"accept", "application/json"}};
  out.timeouts.total = std::chrono::seconds(20);
  if (parts->plain) out.addresses = net::AddressPolicy::kMetadata;
  return out;
}

}  // namespace

bool has_job_token(const Outside& outside) {
  return variable(outside, "ACTIONS_ID_TOKEN_REQUEST_URL") &&
         variable(outside, "ACTIONS_ID_TOKEN_REQUEST_TOKEN");
}

Result<Secret> job_token(const Search& search) {
  const Secret bearer(variable(search.outside, "ACTIONS_ID_TOKEN_REQUEST_TOKEN").value_or(""));
  const std::string url = variable(search.outside, "ACTIONS_ID_TOKEN_REQUEST_URL").value_or("");
  Exchange exchange{
      .what = "the job's token service (ACTIONS_ID_TOKEN_REQUEST_URL)", .request = {}, .body = {}};
  CAIRN_TRY(exchange.request, request_of(url, bearer));
  CAIRN_TRY(std::string answer, ask(search, std::move(exchange)));
  const auto object = nlohmann::json::parse(answer, nullptr, false);
  Secret::wipe(answer);
  if (!object.is_object() || !object.contains("value") || !object["value"].is_string() ||
      object["value"].get_ref<const std::string&>().empty())
    return source_error("the job's token service gave no token");
  return Secret(object["value"].get<std::string>());
}

}  // namespace cairn::remotes::s3
