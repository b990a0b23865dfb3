// Temporary credentials of a role, from the Security Token Service: AssumeRole with the keys of
// another profile, and AssumeRoleWithWebIdentity with a token from a file (Kubernetes, CI) or from
// the service of a CI platform.
// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
#include <set>

#include <fmt/core.h>

#include "base/text.hpp"
#include "crypto/sha256.hpp"
#include "remotes/s3/credentials/source.hpp"
#include "remotes/s3/sigv4.hpp"
#include "remotes/s3/url.hpp"

namespace cairn::remotes::s3 {
namespace {

constexpr std::string_view kFormType = "application/x-www-form-urlencoded; charset=utf-8";

std::string shown(const std::string& name) { return "`" + base::printable(name) + "`"; }

// Text between <name> and </name>; "" when absent. Keys and tokens need no entities.
std::string element(std::string_view text, const std::string& name) {
  const std::size_t open = text.find("<" + name + ">");
  if (open == std::string_view::npos) return {};
  const std::size_t start = open + name.size() + 2;
  const std::size_t end = text.find("</" + name + ">", start);
  if (end == std::string_view::npos) return {};
  const std::string_view inner = text.substr(start, end - start);
  return inner.find_first_of("<& \r\n\t") == std::string_view::npos ? std::string(inner) : "";
}

Result<Credentials> read_answer(std::string_view text) {
  Credentials out{element(text, "AccessKeyId"), Secret(element(text, "SecretAccessKey")),
                  Secret(element(text, "SessionToken")),
                  parse_expiration(element(text, "Expiration"))};
  if (out.access_key_id.empty() || out.secret_access_key.empty() || out.session_token.empty() ||
      !out.expires_ms)
    return source_error("STS gave an answer without credentials");
  return out;
}

struct StsEndpoint {
  std::string url;
  std::string host;
  std::string region;
};

Result<StsEndpoint> sts_endpoint(const Search& search) {
  StsEndpoint out{"", "", search.region};
  if (!out.region.empty() && !is_region(out.region))
    return source_error("the region " + shown(out.region) + " is no region name");
  if (const auto url = variable(search.outside, "AWS_ENDPOINT_URL_STS")) {
    out.url = *url;
  } else {
    out.url = out.region.empty()
                  ? "https://sts.amazonaws.com"
                  : fmt::format("https://sts.{}.{}", out.region, aws_domain(out.region));
  }
  while (out.url.ends_with("/")) out.url.pop_back();
  const std::size_t scheme = out.url.find("://");
  if (scheme == std::string::npos || out.url.find('/', scheme + 3) != std::string::npos)
    return source_error("AWS_ENDPOINT_URL_STS is not https://host[:port]");
  out.host = out.url.substr(scheme + 3);
  if (out.region.empty()) out.region = "us-east-1";  // where the global endpoint is signed for
  return out;
}

// A POST to STS, signed when there are credentials to sign with.
Result<Credentials> call_sts(const Search& search, const NameValues& form,
                             const Credentials* signer) {
  CAIRN_TRY(const StsEndpoint endpoint, sts_endpoint(search));
  Exchange exchange{.what = "STS", .request = {}, .body = canonical_query(form)};
  exchange.request.method = net::Method::kPost;
  exchange.request.url = endpoint.url + "/";
  exchange.request.headers = {{"content-type", std::string(kFormType)}};
  exchange.request.timeouts.total = std::chrono::seconds(20);
  if (signer != nullptr)
    sign_headers(*signer, {endpoint.region, "sts", search.outside.clock->now_ms()},
                 {"POST", endpoint.host, "/", {}}, exchange.request.headers,
                 crypto::sha256(base::view_of(exchange.body)).hex());
  CAIRN_TRY(std::string text, ask(search, std::move(exchange)));
  auto out = read_answer(text);
  Secret::wipe(text);
  return out;
}

std::string session_name(const std::string& configured, const Search& search) {
  return configured.empty() ? fmt::format("cairn-{}", search.outside.clock->now_ms() / 1000)
                            : configured;
}

Result<Secret> token_of_file(const Search& search, const std::string& path) {
  CAIRN_TRY(auto token, search.outside.read_file(expand_home(search.outside, path)));
  if (!token || token->empty()) return source_error("there is no token in " + shown(path));
  token->resize(token->find_last_not_of(" \r\n\t") + 1);
  return Secret(*std::move(token));
}

Result<Attempt> with_web_identity(const Search& search, const Secret& token,
                                  const std::string& role, const std::string& session) {
  const NameValues form{{"Action", "AssumeRoleWithWebIdentity"},
                        {"Version", "2011-06-15"},
                        {"RoleArn", role},
                        {"RoleSessionName", session_name(session, search)},
                        {"WebIdentityToken", std::string(token.reveal())}};
  auto credentials = call_sts(search, form, nullptr);
  if (!credentials.ok()) return std::move(credentials).error().with("role " + shown(role));
  return Attempt::of(*std::move(credentials), "role " + shown(role) + " by web identity");
}

// Resolves chains of source_profile; `path_` are the profiles on the way, against cycles.
class RoleResolver {
 public:
  explicit RoleResolver(const Search& search) : search_(search) {}

  Result<Attempt> resolve(const Profile& profile) {
    if (!path_.insert(profile.name()).second)
      return source_error("the source_profile chain comes back to profile " +
                          shown(profile.name()));
    if (profile.has("mfa_serial"))
      return source_error("profile " + shown(profile.name()) +
                          " asks for an MFA code (mfa_serial), which is not supported");
    CAIRN_TRY(const Attempt signer, signer_of(profile));
    if (!signer.found)
      return source_error("nothing to assume the role of profile " + shown(profile.name()) +
                          " with: " + signer.reason);
    const std::string role = profile.get("role_arn");
    NameValues form{{"Action", "AssumeRole"},
                    {"Version", "2011-06-15"},
                    {"RoleArn", role},
                    {"RoleSessionName", session_name(profile.get("role_session_name"), search_)}};
    if (profile.has("external_id")) form.emplace_back("ExternalId", profile.get("external_id"));
    if (profile.has("duration_seconds"))
      form.emplace_back("DurationSeconds", profile.get("duration_seconds"));
    auto credentials = call_sts(search_, form, signer.found.get());
    if (!credentials.ok()) return std::move(credentials).error().with("role " + shown(role));
    return Attempt::of(*std::move(credentials),
                       fmt::format("role {} by {}", shown(role), signer.reason));
  }

 private:
  Result<Attempt> signer_of(const Profile& profile) {
    const bool by_profile = profile.has("source_profile");
    if (by_profile == profile.has("credential_source"))
      return source_error("profile " + shown(profile.name()) +
                          " needs either source_profile or credential_source beside role_arn");
    if (!by_profile) return by_credential_source(profile.get("credential_source"));
    const std::string name = profile.get("source_profile");
    const auto source = search_.profiles.find(name);
    if (!source) return source_error("there is no profile " + shown(name));
    if (name == profile.name()) return keys_of(*source);  // its own keys assume its role
    if (source->has("role_arn") && !source->has("web_identity_token_file")) return resolve(*source);
    return keys_of(*source);
  }

  Result<Attempt> keys_of(const Profile& profile) {
    Search search = search_;
    search.profile = &profile;
    search.named = true;
    Attempt last;
    for (auto* source : {from_profile_keys, from_web_identity, from_sso, from_credential_process}) {
      CAIRN_TRY(last, source(search));
      if (last.found) return last;
    }
    return Attempt::none("profile " + shown(profile.name()) + " has no credentials");
  }

  Result<Attempt> by_credential_source(const std::string& name) {
    Search search = search_;
    search.named = false;
    if (name == "Environment") return from_environment(search);
    if (name == "EcsContainer") return from_container(search);
    if (name == "Ec2InstanceMetadata") return from_instance_metadata(search);
    return source_error("credential_source " + shown(name) + " is not known");
  }

  const Search& search_;
  std::set<std::string> path_;
};

}  // namespace

Result<Attempt> from_assumed_role(const Search& search) {
  if (search.profile == nullptr || !search.profile->has("role_arn"))
    return Attempt::none("no role_arn");
  if (search.profile->has("web_identity_token_file"))
    return Attempt::none("the role is assumed by web identity");
  return RoleResolver(search).resolve(*search.profile);
}

Result<Attempt> from_web_identity(const Search& search) {
  const Profile* profile = search.profile;
  if (profile != nullptr && profile->has("web_identity_token_file")) {
    if (!profile->has("role_arn"))
      return source_error("profile " + shown(profile->name()) +
                          " has web_identity_token_file without role_arn");
    CAIRN_TRY(const Secret token, token_of_file(search, profile->get("web_identity_token_file")));
    return with_web_identity(search, token, profile->get("role_arn"),
                             profile->get("role_session_name"));
  }
  if (search.named) return Attempt::none("no web_identity_token_file");
  const auto path = variable(search.outside, "AWS_WEB_IDENTITY_TOKEN_FILE");
  const auto role = variable(search.outside, "AWS_ROLE_ARN");
  if (path && !role) return source_error("AWS_WEB_IDENTITY_TOKEN_FILE is set without AWS_ROLE_ARN");
  if (!role) return Attempt::none("AWS_ROLE_ARN is not set");
  if (!path && !has_job_token(search.outside))
    return Attempt::none(
        "neither AWS_WEB_IDENTITY_TOKEN_FILE nor ACTIONS_ID_TOKEN_REQUEST_URL is set");
  CAIRN_TRY(const Secret token, path ? token_of_file(search, *path) : job_token(search));
  return with_web_identity(search, token, *role,
                           variable(search.outside, "AWS_ROLE_SESSION_NAME").value_or(""));
}

}  // namespace cairn::remotes::s3
