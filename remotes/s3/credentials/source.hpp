// One place that may have credentials. An attempt ends in three ways: found; nothing configured
// there (a reason, and the next source is asked); configured but failing (an error, and the chain
// stops: going on would act under another identity than the user set up). No reason or error holds
// a secret.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "remotes/s3/credential_provider.hpp"
#include "remotes/s3/credentials/outside.hpp"
#include "remotes/s3/credentials/profiles.hpp"

namespace cairn::remotes::s3 {

struct Attempt {
  std::shared_ptr<const Credentials> found;
  std::string reason;  // why there are none, or the place where they were found: "profile `dev`"

  static Attempt none(std::string why) { return {nullptr, std::move(why)}; }
  static Attempt of(Credentials credentials, std::string where) {
    return {std::make_shared<const Credentials>(std::move(credentials)), std::move(where)};
  }
};

// What the sources look at.
struct Search {
  const Outside& outside;
  const Profiles& profiles;
  const Profile* profile;  // the chosen one; null when the files have no "default"
  bool named;              // chosen by a flag or setting: the environment's keys are left out
  std::string region;      // for STS; may be empty
  std::stop_token stop;
};

Result<Attempt> from_environment(const Search& search);
Result<Attempt> from_assumed_role(const Search& search);
Result<Attempt> from_web_identity(const Search& search);
Result<Attempt> from_sso(const Search& search);
Result<Attempt> from_profile_keys(const Search& search);
Result<Attempt> from_credential_process(const Search& search);
Result<Attempt> from_container(const Search& search);
Result<Attempt> from_instance_metadata(const Search& search);

// Pieces that several sources share.
Error source_error(std::string message);  // kUnauthenticated
// ISO 8601 with 'Z', "UTC" or an offset, as milliseconds since the epoch.
std::optional<std::int64_t> parse_expiration(std::string_view text);
std::string utc_text(std::int64_t ms);  // "2026-01-02T03:04:05Z"
// GET or POST of a small text. Any status but 200 is an error with the status in it, and the
// answer's error code when it has one. `what` names the service.
struct Exchange {
  std::string what;
  net::Request request;
  std::string body;
};
Result<std::string> ask(const Search& search, Exchange exchange);
// Names of a JSON object's members that hold the credentials.
struct CredentialNames {
  const char* id;
  const char* secret;
  const char* token;
  const char* expiration;  // text in ISO 8601, or a number of milliseconds
};
Result<Credentials> credentials_from_json(std::string_view text, const CredentialNames& names);
// A token that says which job of a CI platform this is. First: does the environment name a service
// that gives one? Then it is asked, each time anew.
bool has_job_token(const Outside& outside);
Result<Secret> job_token(const Search& search);
// A region that may become part of a host name: one DNS label, [a-z0-9-].
bool is_region(std::string_view text);

}  // namespace cairn::remotes::s3
