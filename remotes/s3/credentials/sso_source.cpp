// Single sign-on: `aws sso login` leaves a bearer token in ~/.aws/sso/cache, which the portal
// changes into credentials of a role. A token that has expired is renewed when the cache allows it.
#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "base/text.hpp"
#include "crypto/sha1.hpp"
#include "remotes/s3/credentials/source.hpp"
#include "remotes/s3/sigv4.hpp"
#include "remotes/s3/url.hpp"

namespace cairn::remotes::s3 {
namespace {

using nlohmann::json;

constexpr std::int64_t kMarginMs = 60'000;  // a token that ends this soon is renewed

struct Login {
  std::string profile;
  std::string session;  // "" in profiles of the older form
  std::string start_url;
  std::string region;
  std::string account;
  std::string role;
};

Error login_error(const Login& login, const std::string& why) {
  return source_error("profile `" + base::printable(login.profile) + "`: " + why)
      .hint("aws sso login --profile " + base::printable(login.profile));
}

Result<Login> login_of(const Search& search) {
  const Profile& profile = *search.profile;
  Login out{profile.name(),
            profile.get("sso_session"),
            profile.get("sso_start_url"),
            profile.get("sso_region"),
            profile.get("sso_account_id"),
            profile.get("sso_role_name")};
  if (!out.session.empty()) {
    const auto session = search.profiles.sso_session(out.session);
    if (!session)
      return source_error("there is no [sso-session " + base::printable(out.session) + "]");
    out.start_url = session->get("sso_start_url");
    out.region = session->get("sso_region");
  }
  if (out.start_url.empty() || out.account.empty() || out.role.empty())
    return source_error("profile `" + base::printable(out.profile) +
                        "` needs sso_start_url, sso_account_id and sso_role_name");
  if (!is_region(out.region))
    return source_error("profile `" + base::printable(out.profile) + "` has no valid sso_region");
  return out;
}

std::string member(const json& object, const char* name) {
  const auto at = object.find(name);
  return at != object.end() && at->is_string() ? at->get<std::string>() : std::string();
}

std::string cache_path(const Search& search, const Login& login) {
  const std::string& name = login.session.empty() ? login.start_url : login.session;
  return expand_home(search.outside,
                     "~/.aws/sso/cache/" + crypto::sha1_hex(base::view_of(name)) + ".json");
}

bool is_fresh(const Search& search, const json& cached, const char* name) {
  const auto until = parse_expiration(member(cached, name));
  return until && *until > search.outside.clock->now_ms() + kMarginMs;
}

// Changes `cached` into what a new login would have left.
Status renew(const Search& search, const Login& login, json& cached) {
  if (member(cached, "refreshToken").empty() || !is_fresh(search, cached, "registrationExpiresAt"))
    return login_error(login, "the SSO login has expired");
  const json form{{"clientId", member(cached, "clientId")},
                  {"clientSecret", member(cached, "clientSecret")},
                  {"grantType", "refresh_token"},
                  {"refreshToken", member(cached, "refreshToken")}};
  Exchange exchange{.what = "the SSO token service", .request = {}, .body = form.dump()};
  exchange.request.method = net::Method::kPost;
  exchange.request.url =
      fmt::format("https://oidc.{}.{}/token", login.region, aws_domain(login.region));
  exchange.request.headers = {{"content-type", "application/json"}};
  exchange.request.timeouts.total = std::chrono::seconds(20);
  auto answer = ask(search, std::move(exchange));
  if (!answer.ok())
    return login_error(login, "the SSO login has expired; " + answer.error().message());
  const json fresh = json::parse(*answer, nullptr, false);
  Secret::wipe(*answer);
  if (!fresh.is_object() || member(fresh, "accessToken").empty() || !fresh.contains("expiresIn") ||
      !fresh["expiresIn"].is_number_integer())
    return login_error(login, "the SSO token service gave no token");
  const std::int64_t life_s =
      std::min<std::int64_t>(fresh["expiresIn"].get<std::int64_t>(), 1 << 20);
  const std::string stamp =
      utc_text(search.outside.clock->now_ms() + std::max<std::int64_t>(life_s, 0) * 1000);
  cached["accessToken"] = fresh["accessToken"];
  cached["expiresAt"] = stamp;
  if (!member(fresh, "refreshToken").empty()) cached["refreshToken"] = fresh["refreshToken"];
  // Refresh tokens are used once: without this the user's other tools would have to log in again.
  if (search.outside.write_file)
    CAIRN_CHECK(search.outside.write_file(cache_path(search, login), cached.dump()));
  return {};
}

Result<Secret> bearer_token(const Search& search, const Login& login) {
  CAIRN_TRY(auto text, search.outside.read_file(cache_path(search, login)));
  if (!text) return login_error(login, "there was no SSO login yet");
  json cached = json::parse(*text, nullptr, false);
  Secret::wipe(*text);
  if (!cached.is_object() || member(cached, "accessToken").empty())
    return login_error(login, "the SSO cache has no token");
  if (!is_fresh(search, cached, "expiresAt")) CAIRN_CHECK(renew(search, login, cached));
  return Secret(member(cached, "accessToken"));
}

}  // namespace

Result<Attempt> from_sso(const Search& search) {
  if (search.profile == nullptr ||
      (!search.profile->has("sso_session") && !search.profile->has("sso_start_url")))
    return Attempt::none("no sso_session");
  CAIRN_TRY(const Login login, login_of(search));
  CAIRN_TRY(const Secret token, bearer_token(search, login));
  Exchange exchange{.what = "the SSO portal", .request = {}, .body = {}};
  exchange.request.url = fmt::format(
      "https://portal.sso.{}.{}/federation/credentials?{}", login.region, aws_domain(login.region),
      canonical_query({{"role_name", login.role}, {"account_id", login.account}}));
  exchange.request.headers = {{"x-amz-sso_bearer_token", std::string(token.reveal())}};
  exchange.request.timeouts.total = std::chrono::seconds(20);
  auto answer = ask(search, std::move(exchange));
  if (!answer.ok()) {
    if (answer.error().code() == Code::kInterrupted) return std::move(answer).error();
    return login_error(login, answer.error().message());
  }
  const json object = json::parse(*answer, nullptr, false);
  Secret::wipe(*answer);
  if (!object.is_object() || !object.contains("roleCredentials"))
    return login_error(login, "the SSO portal gave no credentials");
  auto credentials =
      credentials_from_json(object["roleCredentials"].dump(),
                            {"accessKeyId", "secretAccessKey", "sessionToken", "expiration"});
  if (!credentials.ok()) return std::move(credentials).error().with("the SSO portal");
  return Attempt::of(*std::move(credentials),
                     "SSO of profile `" + base::printable(login.profile) + "`");
}

}  // namespace cairn::remotes::s3
