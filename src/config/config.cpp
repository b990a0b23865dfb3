#include "config/config.hpp"

#include <algorithm>
#include <cstdint>

#include <fmt/core.h>

#include "base/text.hpp"
#include "config/remote_url.hpp"

namespace cairn::config {
namespace {

constexpr std::uint64_t kFormat = 1;
constexpr std::string_view kChunker = "gear1";
constexpr std::size_t kProjectDigits = 32;
constexpr std::size_t kMaxRemoteName = 64;
constexpr std::string_view kRemoteSection = "cairn-remote.";
constexpr std::string_view kUrlName = ".url";
constexpr const char* kCommittedFile = ".cairn/config";

bool has_control_character(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

// "prod" of "cairn-remote.prod.url"; nothing for any other key.
std::optional<std::string> remote_of_key(std::string_view key) {
  if (!key.starts_with(kRemoteSection) || !key.ends_with(kUrlName)) return std::nullopt;
  key.remove_prefix(kRemoteSection.size());
  if (key.size() <= kUrlName.size()) return std::nullopt;
  key.remove_suffix(kUrlName.size());
  return std::string(key);
}

bool is_our_key(const std::string& key) {
  return key.starts_with("cairn.") || key.starts_with(kRemoteSection);
}

const std::string* find_last(const KeyValues& values, std::string_view key) {
  const auto found = std::find_if(values.rbegin(), values.rend(),
                                  [&](const auto& value) { return value.first == key; });
  return found == values.rend() ? nullptr : &found->second;
}

const std::string* find_variable(const std::map<std::string, std::string>& environment,
                                 const std::string& name) {
  const auto found = environment.find(name);
  return found == environment.end() || found->second.empty() ? nullptr : &found->second;
}

// Where a value was set, for messages.
Error bad_value(Code code, const std::string& place, const std::string& name,
                const std::string& value, const std::string& expected) {
  return Error(code, fmt::format("{}: `{}` is `{}`, but {}", place, base::printable(name),
                                 base::printable(value), expected))
      .slug("bad-config");
}

Status check_values(const KeyValues& values, const std::string& place) {
  for (const auto& [key, value] : values) {
    if (!is_our_key(key) || (!has_control_character(key) && !has_control_character(value)))
      continue;
    return bad_value(Code::kCorrupt, place, key, value, "control characters are not allowed");
  }
  return {};
}

bool is_link_mode(std::string_view text) {
  return text == "copy" || text == "reflink" || text == "hardlink" || text == "symlink";
}

bool is_project_id(std::string_view text) {
  return text.size() == kProjectDigits && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

// What this program must know to read the repository at all.
Status check_pins(const KeyValues& committed) {
  if (const auto* format = find_last(committed, "cairn.format")) {
    std::uint64_t number = 0;
    if (!base::parse_u64(*format, number) || number == 0) {
      return bad_value(Code::kCorrupt, kCommittedFile, "cairn.format", *format,
                       "a number from 1 is expected");
    }
    if (number > kFormat) {
      return Error(Code::kTooNew, "this repository uses cairn format " + *format +
                                      ", this program knows " + std::to_string(kFormat))
          .hint("install a newer cairn");
    }
  }
  const auto* chunker = find_last(committed, "cairn.chunker");
  if (chunker != nullptr && *chunker != kChunker) {
    return Error(Code::kTooNew, "this repository uses the chunker `" + *chunker +
                                    "`, this program knows `" + std::string(kChunker) + "`")
        .hint("install a newer cairn");
  }
  return {};
}

Status read_project(const KeyValues& committed, Settings& settings) {
  const auto* project = find_last(committed, "cairn.project");
  if (project == nullptr) return {};
  if (!is_project_id(*project)) {
    return bad_value(Code::kCorrupt, kCommittedFile, "cairn.project", *project,
                     "32 hex digits are expected");
  }
  settings.project = *project;
  return {};
}

// A single value that the environment may override: which one counts, and who is to blame for it.
struct Choice {
  const std::string* value = nullptr;
  Code code = Code::kCorrupt;
  std::string place;
  std::string name;
};

Choice choose(const std::map<std::string, std::string>& environment, const std::string& variable,
              const KeyValues& git_config, const KeyValues& committed, const std::string& key) {
  if (const auto* value = find_variable(environment, variable)) {
    return {value, Code::kUsage, "environment", variable};
  }
  if (const auto* value = find_last(git_config, key)) {
    return {value, Code::kCorrupt, "git config", key};
  }
  if (const auto* value = find_last(committed, key)) {
    return {value, Code::kCorrupt, kCommittedFile, key};
  }
  return {};
}

Status read_store(const KeyValues& git_config,
                  const std::map<std::string, std::string>& environment, Settings& settings) {
  const Choice choice = choose(environment, "CAIRN_STORE", git_config, {}, "cairn.store");
  if (choice.value == nullptr) return {};
  if (has_control_character(*choice.value)) {
    return bad_value(choice.code, choice.place, choice.name, *choice.value,
                     "control characters are not allowed");
  }
  settings.store_directory = *choice.value;
  return {};
}

Status read_sharing(const KeyValues& git_config,
                    const std::map<std::string, std::string>& environment, Settings& settings) {
  const Choice choice = choose(environment, "CAIRN_SHARED", git_config, {}, "cairn.shared");
  if (choice.value == nullptr) return {};
  if (*choice.value != "group" && *choice.value != "umask") {
    return bad_value(choice.code, choice.place, choice.name, *choice.value,
                     "group or umask is expected");
  }
  settings.group_store = *choice.value == "group";
  return {};
}

Status read_link_mode(const KeyValues& git_config,
                      const std::map<std::string, std::string>& environment, Settings& settings) {
  const Choice choice = choose(environment, "CAIRN_LINK", git_config, {}, "cairn.link");
  if (choice.value == nullptr) return {};
  if (!is_link_mode(*choice.value)) {
    return bad_value(choice.code, choice.place, choice.name, *choice.value,
                     "copy, reflink, hardlink or symlink is expected");
  }
  settings.link_mode = *choice.value;
  return {};
}

void put_remote(std::vector<RemoteSetting>& remotes, RemoteSetting remote) {
  const auto same = std::find_if(remotes.begin(), remotes.end(), [&](const RemoteSetting& other) {
    return other.name == remote.name;
  });
  if (same == remotes.end()) {
    remotes.push_back(std::move(remote));
  } else {
    *same = std::move(remote);
  }
}

void add_committed_remote(const std::string& name, const std::string& url, Settings& settings) {
  const auto ignored = [&](const std::string& why) {
    settings.warnings.push_back(
        fmt::format("{}: the URL of remote `{}` is ignored: {}", kCommittedFile, name, why));
  };
  if (is_directory_url(url)) {
    ignored("a directory can only be named in this clone's own config (`cairn remote set " + name +
            " DIR`)");
  } else if (has_user_info(url)) {
    ignored("it holds a user name or password, which must not be committed");
  } else {
    put_remote(settings.remotes, {name, url, true});
  }
}

Status add_remotes(const KeyValues& values, const std::string& place, Settings& settings) {
  const bool committed = place == kCommittedFile;
  for (const auto& [key, value] : values) {
    const auto name = remote_of_key(key);
    if (!name || (committed && !valid_remote_name(*name))) continue;
    if (!valid_remote_name(*name)) {
      return Error(Code::kCorrupt, place + ": `" + *name +
                                       "` cannot name a remote: letters, digits, " +
                                       "`.`, `_` and `-` are allowed, at most 64")
          .slug("bad-config");
    }
    if (!is_well_formed_url(value)) {
      return bad_value(Code::kCorrupt, place, key, value, "a directory or URL is expected");
    }
    if (committed) {
      add_committed_remote(*name, value, settings);
    } else {
      put_remote(settings.remotes, {*name, value, false});
    }
  }
  return {};
}

Status read_default_remote(const KeyValues& committed, const KeyValues& git_config,
                           const std::map<std::string, std::string>& environment,
                           Settings& settings) {
  const Choice choice =
      choose(environment, "CAIRN_REMOTE", git_config, committed, "cairn.default-remote");
  if (choice.value == nullptr) return {};
  if (!valid_remote_name(*choice.value)) {
    return bad_value(choice.code, choice.place, choice.name, *choice.value,
                     "the name of a remote is expected");
  }
  settings.default_remote = *choice.value;
  return {};
}

}  // namespace

Result<Settings> merge_settings(const KeyValues& committed, const KeyValues& git_config,
                                const std::map<std::string, std::string>& environment) {
  Settings settings;
  KeyValues allowed;
  for (const auto& value : committed) {
    if (allowed_in_committed(value.first)) {
      allowed.push_back(value);
    } else {
      settings.warnings.push_back(fmt::format("{}: `{}` may not be set there and is ignored",
                                              kCommittedFile, base::printable(value.first)));
    }
  }
  CAIRN_CHECK(check_values(allowed, kCommittedFile));
  CAIRN_CHECK(check_values(git_config, "git config"));
  CAIRN_CHECK(check_pins(allowed));
  CAIRN_CHECK(read_project(allowed, settings));
  CAIRN_CHECK(read_store(git_config, environment, settings));
  CAIRN_CHECK(read_sharing(git_config, environment, settings));
  CAIRN_CHECK(read_link_mode(git_config, environment, settings));
  // A remote of this clone takes the place of a committed one of the same name.
  CAIRN_CHECK(add_remotes(allowed, kCommittedFile, settings));
  CAIRN_CHECK(add_remotes(git_config, "git config", settings));
  CAIRN_CHECK(read_default_remote(allowed, git_config, environment, settings));
  return settings;
}

bool allowed_in_committed(const std::string& key) {
  if (const auto name = remote_of_key(key)) return valid_remote_name(*name);
  return key == "cairn.format" || key == "cairn.project" || key == "cairn.chunker" ||
         key == "cairn.default-remote";
}

bool valid_remote_name(std::string_view name) {
  const auto is_alphanumeric = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  };
  return !name.empty() && name.size() <= kMaxRemoteName && is_alphanumeric(name[0]) &&
         std::all_of(name.begin(), name.end(), [&](char c) {
           return is_alphanumeric(c) || c == '.' || c == '_' || c == '-';
         });
}

}  // namespace cairn::config
