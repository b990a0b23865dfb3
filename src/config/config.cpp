#include "config/config.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

#include <fmt/format.h>

#include "base/text.hpp"
#include "config/remotes.hpp"

namespace cairn::config {
namespace {

constexpr std::uint64_t kFormat = 1;
constexpr std::array<std::string_view, 2> kChunkers = {"gear1", "structure1"};
constexpr std::size_t kProjectDigits = 32;

bool is_our_key(const std::string& key) {
  return key.starts_with("cairn.") || key.starts_with(detail::kRemoteSection);
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

Status check_values(const KeyValues& values, const std::string& place) {
  for (const auto& [key, value] : values) {
    if (!is_our_key(key) ||
        (!base::has_control_character(key) && !base::has_control_character(value)))
      continue;
    return detail::bad_value(Code::kCorrupt, place, key, value,
                             "control characters are not allowed");
  }
  return {};
}

bool is_link_mode(std::string_view text) {
  return text == "copy" || text == "reflink" || text == "hardlink" || text == "symlink";
}

bool is_project_id(std::string_view text) {
  return text.size() == kProjectDigits && base::is_lower_hex(text);
}

// What this program must know to read the repository at all.
Status check_pins(const KeyValues& committed) {
  if (const auto* format = find_last(committed, "cairn.format")) {
    std::uint64_t number = 0;
    if (!base::parse_u64(*format, number) || number == 0) {
      return detail::bad_value(Code::kCorrupt, detail::kCommittedFile, "cairn.format", *format,
                               "a number from 1 is expected");
    }
    if (number > kFormat) {
      return Error(Code::kTooNew, "this repository uses cairn format " + *format +
                                      ", this program knows " + std::to_string(kFormat))
          .hint("install a newer cairn");
    }
  }
  return {};
}

Status read_chunker(const KeyValues& committed, Settings& settings) {
  const auto* chunker = find_last(committed, "cairn.chunker");
  if (chunker == nullptr) return {};
  if (std::ranges::find(kChunkers, *chunker) == kChunkers.end()) {
    return Error(Code::kTooNew, fmt::format("this repository uses the chunker `{}`, this program "
                                            "knows `{}`",
                                            *chunker, fmt::join(kChunkers, "`, `")))
        .hint("install a newer cairn");
  }
  settings.chunker = *chunker;
  return {};
}

Status read_project(const KeyValues& committed, Settings& settings) {
  const auto* project = find_last(committed, "cairn.project");
  if (project == nullptr) return {};
  if (!is_project_id(*project)) {
    return detail::bad_value(Code::kCorrupt, detail::kCommittedFile, "cairn.project", *project,
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
    return {value, Code::kCorrupt, detail::kCommittedFile, key};
  }
  return {};
}

Status read_store(const KeyValues& git_config,
                  const std::map<std::string, std::string>& environment, Settings& settings) {
  const Choice choice = choose(environment, "CAIRN_STORE", git_config, {}, "cairn.store");
  if (choice.value == nullptr) return {};
  if (base::has_control_character(*choice.value)) {
    return detail::bad_value(choice.code, choice.place, choice.name, *choice.value,
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
    return detail::bad_value(choice.code, choice.place, choice.name, *choice.value,
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
    return detail::bad_value(choice.code, choice.place, choice.name, *choice.value,
                             "copy, reflink, hardlink or symlink is expected");
  }
  settings.link_mode = *choice.value;
  return {};
}

Status read_default_remote(const KeyValues& committed, const KeyValues& git_config,
                           const std::map<std::string, std::string>& environment,
                           Settings& settings) {
  const Choice choice =
      choose(environment, "CAIRN_REMOTE", git_config, committed, "cairn.default-remote");
  if (choice.value == nullptr) return {};
  if (!valid_remote_name(*choice.value)) {
    return detail::bad_value(choice.code, choice.place, choice.name, *choice.value,
                             "the name of a remote is expected");
  }
  settings.default_remote = *choice.value;
  return {};
}

// "path.data/pii/**.push" -> "data/pii/**"; nothing for other keys. A pattern may hold dots.
std::optional<std::string> policy_pattern(std::string_view key) {
  constexpr std::string_view kSection = "path.", kName = ".push";
  if (!key.starts_with(kSection) || !key.ends_with(kName) ||
      key.size() <= kSection.size() + kName.size())
    return std::nullopt;
  return std::string(key.substr(kSection.size(), key.size() - kSection.size() - kName.size()));
}

// A line that cannot be understood is an error, never ignored: it may be there to keep data at
// home.
Status read_policies(const KeyValues& committed, Settings& settings) {
  for (const auto& [key, value] : committed) {
    const auto pattern = policy_pattern(key);
    if (!pattern) continue;
    const bool negated = pattern->front() == '!' || pattern->front() == '#' ||
                         pattern->find_first_not_of(" /") == std::string::npos;
    if (negated || base::has_control_character(*pattern)) {
      return detail::bad_value(Code::kCorrupt, detail::kCommittedFile, "path", *pattern,
                               "a gitignore pattern that selects something is expected");
    }
    if (value != "none" && !valid_remote_name(value)) {
      return detail::bad_value(Code::kCorrupt, detail::kCommittedFile, key, value,
                               "none or the name of a remote is expected");
    }
    settings.path_policies.push_back({*pattern, value == "none" ? "" : value});
  }
  return {};
}

Status read_order(const KeyValues& committed, const KeyValues& git_config,
                  const std::map<std::string, std::string>& environment, Settings& settings) {
  const Choice choice =
      choose(environment, "CAIRN_READ_REMOTES", git_config, committed, "cairn.read-remotes");
  if (choice.value == nullptr) return {};
  std::string text = *choice.value;
  std::replace(text.begin(), text.end(), ',', ' ');
  for (const auto name : base::split(text, ' ')) {
    if (name.empty()) continue;
    if (!valid_remote_name(name)) {
      return detail::bad_value(choice.code, choice.place, choice.name, *choice.value,
                               "names of remotes are expected");
    }
    settings.read_remotes.emplace_back(name);
  }
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
                                              detail::kCommittedFile,
                                              base::printable(value.first)));
    }
  }
  CAIRN_CHECK(check_values(allowed, detail::kCommittedFile));
  CAIRN_CHECK(check_values(git_config, "git config"));
  CAIRN_CHECK(check_pins(allowed));
  CAIRN_CHECK(read_chunker(allowed, settings));
  CAIRN_CHECK(read_project(allowed, settings));
  CAIRN_CHECK(read_store(git_config, environment, settings));
  CAIRN_CHECK(read_sharing(git_config, environment, settings));
  CAIRN_CHECK(read_link_mode(git_config, environment, settings));
  // A remote of this clone takes the place of a committed one of the same name.
  CAIRN_CHECK(detail::add_remotes(allowed, detail::kCommittedFile, settings));
  CAIRN_CHECK(detail::add_remotes(git_config, "git config", settings));
  CAIRN_CHECK(read_default_remote(allowed, git_config, environment, settings));
  CAIRN_CHECK(read_order(allowed, git_config, environment, settings));
  CAIRN_CHECK(read_policies(allowed, settings));
  CAIRN_TRY(settings.hooks, read_hook_settings(allowed, git_config));
  return settings;
}

bool is_committed_only(const std::string& key) {
  return key == "cairn.format" || key == "cairn.project" || key == "cairn.chunker" ||
         policy_pattern(key).has_value();
}

bool allowed_in_committed(const std::string& key) {
  if (const auto remote = detail::remote_key(key))
    return remote->may_be_committed && valid_remote_name(remote->name);
  return is_committed_only(key) || key == "cairn.default-remote" || key == "cairn.read-remotes" ||
         key == "cairn.max-blob" || key == "cairn.modified" || key == "cairn.max-commit" ||
         key == "cairn.unsafe-models";
}

}  // namespace cairn::config
