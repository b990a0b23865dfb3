// Sources on this machine: environment, keys in the shared files, credential_process.
#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "base/text.hpp"
#include "remotes/s3/credentials/source.hpp"

namespace cairn::remotes::s3 {
namespace {

constexpr std::chrono::seconds kHelperLimit{60};

// Words of a command line, with quotes and backslash as a POSIX shell reads them and nothing else
// of a shell: no variables, no pipes.
Result<std::vector<std::string>> split_command(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  bool in_word = false;
  char quote = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quote != 0 && c == quote) {
      quote = 0;
    } else if (c == '\\' && quote != '\'' && i + 1 < text.size()) {
      word += text[++i];
      in_word = true;
    } else if (quote != 0) {
      word += c;
    } else if (c == '"' || c == '\'') {
      quote = c;
      in_word = true;
    } else if (c == ' ' || c == '\t') {
      if (in_word) words.push_back(std::move(word));
      word.clear();
      in_word = false;
    } else {
      word += c;
      in_word = true;
    }
  }
  if (quote != 0) return source_error("credential_process has an open quote");
  if (in_word) words.push_back(std::move(word));
  if (words.empty()) return source_error("credential_process is empty");
  return words;
}

// What the helper said last on stderr, fit for a terminal.
std::string last_words(std::string_view errors) {
  while (!errors.empty() && (errors.back() == '\n' || errors.back() == '\r'))
    errors.remove_suffix(1);
  const std::size_t line = errors.rfind('\n');
  if (line != std::string_view::npos) errors.remove_prefix(line + 1);
  return errors.empty() ? "" : ": " + base::printable(errors.substr(0, 200));
}

bool is_version_1(std::string_view text) {
  const auto object = nlohmann::json::parse(text, nullptr, false);
  return object.is_object() && object.contains("Version") && object["Version"] == 1;
}

}  // namespace

Result<Attempt> from_environment(const Search& search) {
  if (search.named) return Attempt::none("left out, since a profile was named");
  const auto id = variable(search.outside, "AWS_ACCESS_KEY_ID");
  const auto secret = variable(search.outside, "AWS_SECRET_ACCESS_KEY");
  if (!id && !secret) return Attempt::none("AWS_ACCESS_KEY_ID is not set");
  if (!id || !secret)
    return source_error(fmt::format("{} is set without {}",
                                    id ? "AWS_ACCESS_KEY_ID" : "AWS_SECRET_ACCESS_KEY",
                                    id ? "AWS_SECRET_ACCESS_KEY" : "AWS_ACCESS_KEY_ID"));
  Credentials out{*id, Secret(*secret), Secret(), {}};
  for (const char* name : {"AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN"})
    if (const auto token = variable(search.outside, name); token && out.session_token.empty())
      out.session_token = Secret(*token);
  if (const auto time = variable(search.outside, "AWS_CREDENTIAL_EXPIRATION")) {
    out.expires_ms = parse_expiration(*time);
    if (!out.expires_ms) return source_error("AWS_CREDENTIAL_EXPIRATION is no ISO 8601 time");
    if (*out.expires_ms <= search.outside.clock->now_ms())
      return source_error("the keys expired, says AWS_CREDENTIAL_EXPIRATION");
  }
  return Attempt::of(std::move(out), "environment");
}

Result<Attempt> from_profile_keys(const Search& search) {
  if (search.profile == nullptr) return Attempt::none("no profile `default`");
  const Profile& profile = *search.profile;
  const bool has_id = profile.has("aws_access_key_id");
  if (has_id != profile.has("aws_secret_access_key"))
    return source_error(
        fmt::format("profile `{}` has only one of aws_access_key_id and "
                    "aws_secret_access_key",
                    base::printable(profile.name())));
  if (!has_id) return Attempt::none("no aws_access_key_id");
  return Attempt::of({profile.get("aws_access_key_id"),
                      Secret(profile.get("aws_secret_access_key")),
                      Secret(profile.get("aws_session_token")),
                      {}},
                     fmt::format("profile `{}`", base::printable(profile.name())));
}

Result<Attempt> from_credential_process(const Search& search) {
  if (search.profile == nullptr || !search.profile->has("credential_process"))
    return Attempt::none("no credential_process");
  CAIRN_TRY(const auto argv, split_command(search.profile->get("credential_process")));
  const std::string what =
      fmt::format("credential_process of profile `{}`", base::printable(search.profile->name()));
  auto ran = search.outside.run(argv, kHelperLimit, search.stop);
  if (!ran.ok()) return std::move(ran).error().with(what);
  if (ran->exit_code != 0)
    return source_error(
        fmt::format("{} exited with {}{}", what, ran->exit_code, last_words(ran->errors)));
  auto credentials = credentials_from_json(
      ran->output, {"AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration"});
  const bool version_1 = is_version_1(ran->output);
  Secret::wipe(ran->output);
  if (!credentials.ok()) return std::move(credentials).error().with(what);
  if (!version_1) return source_error(what + ": the answer is not of Version 1");
  if (credentials->expires_ms && *credentials->expires_ms <= search.outside.clock->now_ms())
    return source_error(what + " gave credentials that have expired");
  return Attempt::of(*std::move(credentials), what);
}

}  // namespace cairn::remotes::s3
