#include "remotes/s3/credentials/profiles.hpp"

#include "base/text.hpp"

namespace cairn::remotes::s3 {
namespace {

Result<Ini> read_ini(const Outside& outside, const std::string& name, const std::string& standard) {
  const std::string path = expand_home(outside, variable(outside, name).value_or(standard));
  if (path.empty() || path.front() == '~') return Ini();
  CAIRN_TRY(const std::optional<std::string> text, outside.read_file(path));
  if (!text) return Ini();
  auto ini = parse_ini(*text);
  if (!ini.ok()) return std::move(ini).error().with("reading `" + base::printable(path) + "`");
  return ini;
}

}  // namespace

std::optional<std::string> variable(const Outside& outside, const std::string& name) {
  auto value = outside.environment(name);
  if (value && value->empty()) value.reset();
  return value;
}

std::string expand_home(const Outside& outside, const std::string& path) {
  if (path.substr(0, 2) != "~/" || outside.home.empty()) return path;
  return outside.home + path.substr(1);
}

std::string Profile::get(const std::string& setting) const {
  const auto found = settings_.find(setting);
  return found == settings_.end() ? std::string() : found->second;
}

Result<Profiles> Profiles::load(const Outside& outside) {
  Profiles out;
  CAIRN_TRY(out.config_, read_ini(outside, "AWS_CONFIG_FILE", "~/.aws/config"));
  CAIRN_TRY(out.credentials_,
            read_ini(outside, "AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials"));
  return out;
}

std::optional<Profile> Profiles::find(const std::string& name) const {
  IniSection settings;
  bool found = false;
  const auto take = [&](const Ini& ini, const std::string& section) {
    const auto at = ini.find(section);
    if (at == ini.end()) return;
    found = true;
    for (const auto& [key, value] : at->second) settings[key] = value;
  };
  if (name == "default") take(config_, "default");
  take(config_, "profile " + name);
  // Keys of two identities are never mixed: a key id here takes the secret and token from here.
  if (const auto at = credentials_.find(name);
      at != credentials_.end() && at->second.contains("aws_access_key_id"))
    for (const char* key : {"aws_secret_access_key", "aws_session_token"}) settings.erase(key);
  take(credentials_, name);
  if (!found) return std::nullopt;
  return Profile(name, std::move(settings));
}

std::optional<Profile> Profiles::sso_session(const std::string& name) const {
  const auto at = config_.find("sso-session " + name);
  if (at == config_.end()) return std::nullopt;
  return Profile(name, at->second);
}

}  // namespace cairn::remotes::s3
