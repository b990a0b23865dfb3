// The user's ~/.aws/config and ~/.aws/credentials, read as one table of profiles.
#pragma once

#include <optional>
#include <string>

#include "remotes/s3/credentials/ini.hpp"
#include "remotes/s3/credentials/outside.hpp"

namespace cairn::remotes::s3 {

class Profile {
 public:
  Profile(std::string name, IniSection settings)
      : name_(std::move(name)), settings_(std::move(settings)) {}
  [[nodiscard]] const std::string& name() const { return name_; }
  // "" when absent.
  [[nodiscard]] std::string get(const std::string& setting) const;
  [[nodiscard]] bool has(const std::string& setting) const { return !get(setting).empty(); }

 private:
  std::string name_;
  IniSection settings_;
};

class Profiles {
 public:
  // AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE move the files; absent files are empty.
  static Result<Profiles> load(const Outside& outside);

  // The credentials file wins over the config file. Nothing when neither has the profile.
  [[nodiscard]] std::optional<Profile> find(const std::string& name) const;
  // The section [sso-session NAME].
  [[nodiscard]] std::optional<Profile> sso_session(const std::string& name) const;

 private:
  Ini config_;
  Ini credentials_;
};

// "~/x" below the home; other paths as they are.
std::string expand_home(const Outside& outside, const std::string& path);

}  // namespace cairn::remotes::s3
