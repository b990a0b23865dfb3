// Sources of a cloud host: container endpoints (ECS, EKS Pod Identity) and the instance metadata
// service, version 2 only: version 1 answers any request, also one that another program was tricked
// into.
#include <fmt/core.h>

#include "base/text.hpp"
#include "net/address.hpp"
#include "net/url_parts.hpp"
#include "remotes/s3/credentials/source.hpp"

namespace cairn::remotes::s3 {
namespace {

constexpr CredentialNames kNames{"AccessKeyId", "SecretAccessKey", "Token", "Expiration"};
constexpr std::string_view kContainerHost = "http://169.254.170.2";

net::Timeouts within(std::chrono::milliseconds total) {
  return {.connect = total, .first_byte = total, .stall = total, .total = total};
}

// Where a container's token may be sent: anywhere over TLS, else only to the host itself.
bool is_allowed(std::string_view url) {
  const auto parts = net::parse_http_url(url);
  if (!parts.ok()) return false;
  return !parts->plain || net::is_loopback_host(parts->host) || parts->host == "169.254.170.2" ||
         parts->host == "169.254.170.23" || parts->host == "fd00:ec2::23";
}

// A token for the Authorization header, from the file (read anew each time) or the variable.
Result<Secret> container_token(const Search& search) {
  std::string token;
  if (const auto path = variable(search.outside, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")) {
    CAIRN_TRY(auto text, search.outside.read_file(*path));
    if (!text) return source_error("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE names no file");
    token = *std::move(text);
  } else {
    token = variable(search.outside, "AWS_CONTAINER_AUTHORIZATION_TOKEN").value_or("");
  }
  while (!token.empty() && token.back() == '\n') token.pop_back();
  if (base::has_control_character(token))
    return source_error("the container's token holds a line end or control character");
  return Secret(std::move(token));
}

Result<Attempt> parsed(Result<std::string> answer, const std::string& where) {
  if (!answer.ok()) return std::move(answer).error();
  auto credentials = credentials_from_json(*answer, kNames);
  Secret::wipe(*answer);
  if (!credentials.ok()) return std::move(credentials).error().with(where);
  return Attempt::of(*std::move(credentials), where);
}

}  // namespace

Result<Attempt> from_container(const Search& search) {
  const auto relative = variable(search.outside, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
  const auto full = variable(search.outside, "AWS_CONTAINER_CREDENTIALS_FULL_URI");
  if (!relative && !full) return Attempt::none("AWS_CONTAINER_CREDENTIALS_*_URI is not set");
  if (relative && !relative->starts_with("/"))
    return source_error("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI does not start with `/`");
  const std::string url = relative ? std::string(kContainerHost) + *relative : *full;
  if (!is_allowed(url))
    return source_error("AWS_CONTAINER_CREDENTIALS_FULL_URI is neither https nor this host");
  CAIRN_TRY(const Secret token, container_token(search));
  constexpr int kTries = 3;
  for (int tries = 1;; ++tries) {
    Exchange exchange{.what = "the container's credential service", .request = {}, .body = {}};
    exchange.request.url = url;
    exchange.request.timeouts = within(std::chrono::milliseconds(600));
    if (url.starts_with("http://")) exchange.request.addresses = net::AddressPolicy::kMetadata;
    if (!token.empty())
      exchange.request.headers.push_back({"authorization", std::string(token.reveal())});
    auto answer = ask(search, std::move(exchange));
    if (answer.ok() || tries == kTries || search.stop.stop_requested())
      return parsed(std::move(answer), "container");
  }
}

Result<Attempt> from_instance_metadata(const Search& search) {
  if (variable(search.outside, "AWS_EC2_METADATA_DISABLED").value_or("") == "true")
    return Attempt::none("switched off by AWS_EC2_METADATA_DISABLED");
  const std::string base = variable(search.outside, "AWS_EC2_METADATA_SERVICE_ENDPOINT")
                               .value_or("http://169.254.169.254");
  const auto exchange = [&](net::Method method, const std::string& path, net::HeaderField header) {
    Exchange out{.what = "the metadata service", .request = {}, .body = {}};
    out.request.method = method;
    out.request.url = (base.ends_with("/") ? base.substr(0, base.size() - 1) : base) + path;
    out.request.headers = {std::move(header)};
    out.request.timeouts = within(std::chrono::seconds(1));
    out.request.addresses = net::AddressPolicy::kMetadata;
    return out;
  };
  auto token = ask(search, exchange(net::Method::kPut, "/latest/api/token",
                                    {"x-aws-ec2-metadata-token-ttl-seconds", "21600"}));
  if (!token.ok()) {  // hardly anybody's own computer has one: no failure
    if (token.error().code() == Code::kInterrupted) return std::move(token).error();
    return Attempt::none(token.error().message());
  }
  const std::string path = "/latest/meta-data/iam/security-credentials/";
  const net::HeaderField with_token{"x-aws-ec2-metadata-token", *token};
  auto role = ask(search, exchange(net::Method::kGet, path, with_token));
  if (!role.ok()) return Attempt::none("the instance has no role: " + role.error().message());
  role->resize(std::min(role->find('\n'), role->size()));
  if (role->empty() ||
      role->find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                              "0123456789+=,.@_-") != std::string::npos)
    return source_error("the metadata service gave a role name that is none");
  return parsed(ask(search, exchange(net::Method::kGet, path + *role, with_token)),
                fmt::format("instance role `{}`", *role));
}

}  // namespace cairn::remotes::s3
