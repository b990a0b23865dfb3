#include "remotes/s3/credentials/chain.hpp"

#include <array>

#include <fmt/core.h>

#include "base/text.hpp"
#include "remotes/s3/credentials/source.hpp"

namespace cairn::remotes::s3 {
namespace {

constexpr std::int64_t kMinuteMs = 60'000;
constexpr std::int64_t kSoonMs = 15 * kMinuteMs;
constexpr std::int64_t kNowMs = 10 * kMinuteMs;
constexpr std::int64_t kPauseMs =
    kMinuteMs;  // between renewals of credentials that live but minutes

struct NamedSource {
  const char* name;
  Result<Attempt> (*ask)(const Search&);
};
constexpr std::array<NamedSource, 8> kSources = {{{"environment", from_environment},
                                                  {"role of the profile", from_assumed_role},
                                                  {"web identity", from_web_identity},
                                                  {"SSO", from_sso},
                                                  {"keys of the profile", from_profile_keys},
                                                  {"credential_process", from_credential_process},
                                                  {"container", from_container},
                                                  {"instance metadata", from_instance_metadata}}};

// One error for the whole search: every source, and why it gave nothing.
Error search_error(std::string message, const std::vector<std::string>& tried) {
  Error out = Error(Code::kUnauthenticated, std::move(message)).slug("no-credentials");
  for (const std::string& line : tried) out = Error(out).detail(line);
  return out;
}

Error nothing_found(const std::vector<std::string>& tried) {
  return search_error("no credentials for S3 were found", tried)
      .hint("export AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run `aws configure`")
      .hint("for a public bucket: cairn remote add NAME URL --anonymous");
}

Error source_failed(const NamedSource& source, const Error& cause,
                    const std::vector<std::string>& tried) {
  if (cause.code() == Code::kInterrupted) return cause;
  Error out = search_error(
      fmt::format("no credentials for S3: {} failed: {}", source.name, cause.message()), tried);
  for (const std::string& line : cause.hints()) out = Error(out).hint(line);
  if (cause.hints().empty()) out = Error(out).hint("cairn help no-credentials");
  return out;
}

std::string region_of(const ChainOptions& options, const Outside& outside, const Profile* profile) {
  if (!options.region.empty()) return options.region;
  for (const char* name : {"AWS_REGION", "AWS_DEFAULT_REGION"})
    if (const auto value = variable(outside, name)) return *value;
  return profile == nullptr ? std::string() : profile->get("region");
}

}  // namespace

Result<CredentialChain::Found> CredentialChain::search(std::stop_token stop) {
  std::vector<std::string> tried;
  auto profiles = Profiles::load(outside_);
  if (!profiles.ok())
    return search_error("no credentials for S3: " + profiles.error().message(), {})
        .hint("cairn help no-credentials");
  const bool named = !options_.profile.empty();
  const std::string name =
      named ? options_.profile : variable(outside_, "AWS_PROFILE").value_or("default");
  const auto profile = profiles->find(name);
  if (!profile && name != "default")
    return search_error(
               "no credentials for S3: there is no profile `" + base::printable(name) + "`", {})
        .hint("aws configure list-profiles");
  const Profile* chosen = profile ? &*profile : nullptr;
  const Search search{outside_, *profiles, chosen, named, region_of(options_, outside_, chosen),
                      stop};
  for (const NamedSource& source : kSources) {
    auto attempt = source.ask(search);
    if (!attempt.ok()) {
      tried.push_back(fmt::format("{}: failed", source.name));
      return source_failed(source, attempt.error(), tried);
    }
    if (attempt->found) return Found{attempt->found, attempt->reason};
    tried.push_back(fmt::format("{}: {}", source.name, attempt->reason));
    if (stop.stop_requested()) return Error(Code::kInterrupted, "interrupted");
  }
  return nothing_found(tried);
}

CredentialChain::Need CredentialChain::need(std::int64_t now_ms) const {
  if (!current_.credentials || refused_) return Need::kNow;
  const auto& expires_ms = current_.credentials->expires_ms;
  if (!expires_ms) return Need::kNothing;
  const std::int64_t left_ms = *expires_ms - now_ms;
  if (left_ms <= 0) return Need::kNow;
  if (left_ms > kSoonMs || now_ms < next_renewal_ms_) return Need::kNothing;
  return left_ms > kNowMs ? Need::kSoon : Need::kNow;
}

Result<std::shared_ptr<const Credentials>> CredentialChain::get(std::stop_token stop) {
  if (options_.anonymous) return std::shared_ptr<const Credentials>();
  std::unique_lock lock(mutex_);
  const Need wanted = need(outside_.clock->now_ms());
  if (wanted == Need::kNothing || (wanted == Need::kSoon && renewing_)) return current_.credentials;
  if (renewing_) {  // somebody else's renewal is ours too, also when it fails
    const std::uint64_t before = renewals_;
    if (!changed_.wait(lock, stop, [&] { return renewals_ != before; }))
      return Error(Code::kInterrupted, "interrupted while waiting for credentials");
    if (last_error_) return *last_error_;
    return current_.credentials;
  }
  renewing_ = true;
  lock.unlock();
  auto found = search(stop);
  lock.lock();
  renewing_ = false;
  ++renewals_;
  next_renewal_ms_ = outside_.clock->now_ms() + kPauseMs;
  last_error_.reset();
  if (found.ok()) {
    current_ = *std::move(found);
    refused_ = false;
  } else if (wanted == Need::kNow) {
    last_error_ = found.error();
  }
  changed_.notify_all();
  if (last_error_) return *last_error_;
  return current_.credentials;
}

void CredentialChain::invalidate(const Credentials& refused) {
  const std::lock_guard lock(mutex_);
  if (current_.credentials && current_.credentials->access_key_id == refused.access_key_id &&
      current_.credentials->session_token == refused.session_token)
    refused_ = true;
}

std::string CredentialChain::describe() {
  if (options_.anonymous) return "anonymous";
  const std::lock_guard lock(mutex_);
  if (!current_.credentials) return "no credentials yet";
  const std::string& id = current_.credentials->access_key_id;
  std::string out = fmt::format("{}, key …{}", current_.where,
                                base::printable(id.size() > 8 ? id.substr(id.size() - 4) : ""));
  if (const auto& expires_ms = current_.credentials->expires_ms)
    out += fmt::format(", expires in {} min", (*expires_ms - outside_.clock->now_ms()) / kMinuteMs);
  return out;
}

}  // namespace cairn::remotes::s3
