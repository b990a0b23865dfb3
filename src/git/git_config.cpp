// Settings in git-config syntax, read and written by git itself only.
#include <algorithm>
#include <unordered_map>
#include <utility>

#include <sys/stat.h>

#include "base/file.hpp"
#include "base/text.hpp"
#include "git/state.hpp"

namespace cairn::git {
namespace {

using ConfigValues = std::vector<std::pair<std::string, std::string>>;

// "key\nvalue" entries; a key without a value is true. The last value counts, at the place where
// the key stood first.
ConfigValues parse_config(std::string_view output) {
  ConfigValues values;
  std::unordered_map<std::string, std::size_t> places;
  for_each_part(output, '\0', [&](std::string_view entry) {
    const std::size_t end = entry.find('\n');
    std::string key(entry.substr(0, end));
    std::string value(end == std::string_view::npos ? "true" : entry.substr(end + 1));
    const auto [place, is_new] = places.emplace(key, values.size());
    if (is_new) {
      values.emplace_back(std::move(key), std::move(value));
    } else {
      values[place->second].second = std::move(value);
    }
  });
  return values;
}

Status check_config_text(const std::string& text) {
  if (!base::has_control_character(text)) return {};
  return Error(Code::kUsage,
               "a setting may not hold control characters: `" + base::printable(text) + "`");
}

Status set_in(const GitCommand& command, std::vector<std::string> place, const std::string& key,
              const std::string& value) {
  CAIRN_CHECK(check_config_text(key));
  CAIRN_CHECK(check_config_text(value));
  GitCall call;
  call.arguments = {"config"};
  call.arguments.insert(call.arguments.end(), place.begin(), place.end());
  call.arguments.insert(call.arguments.end(), {"--replace-all", "--end-of-options", key, value});
  CAIRN_CHECK(command.run_locked(call));
  return {};
}

Status unset_in(const GitCommand& command, std::vector<std::string> place, const std::string& key) {
  CAIRN_CHECK(check_config_text(key));
  GitCall look;
  look.arguments = {"config"};
  look.arguments.insert(look.arguments.end(), place.begin(), place.end());
  GitCall unset = look;
  look.arguments.insert(look.arguments.end(), {"--get-all", "--end-of-options", key});
  CAIRN_TRY(const auto found, command.try_run(look));
  if (found.exit_code == 1) return {};  // absent
  unset.arguments.insert(unset.arguments.end(), {"--unset-all", "--end-of-options", key});
  CAIRN_CHECK(command.run_locked(unset));
  return {};
}

// False when absent. A link could lead git to read or write a file outside of the work tree.
Result<bool> is_usable_config_file(const std::string& path) {
  const std::string folder = base::parent_of(path);
  const auto folder_info = base::lstat_path(folder.empty() ? "." : folder);
  if (folder_info && !S_ISDIR(folder_info->st_mode)) {
    return Error(Code::kConflict, "`" + base::printable(folder) + "` is not a directory")
        .slug("link-in-path");
  }
  const auto info = base::lstat_path(path);
  if (!info) return false;
  if (!S_ISREG(info->st_mode))
    return Error(Code::kConflict, "`" + base::printable(path) + "` is not a plain file")
        .slug("not-a-file");
  if (static_cast<std::size_t>(info->st_size) > kMaxConfigFileBytes) {
    return Error(Code::kCorrupt, "`" + base::printable(path) + "` is too large for a config file");
  }
  return true;
}

}  // namespace

Result<ConfigListing> GitRepo::State::listed_config() {
  const std::scoped_lock lock(config_mutex);
  if (const auto output = asked_config.take()) config = parse_config(*output);
  if (!config) {
    GitCall call;
    call.arguments = {"config", "-z", "--list"};
    CAIRN_TRY(const std::string output, command.run(call));
    config = parse_config(output);
  }
  return *config;
}

Result<ConfigValues> GitRepo::config() const { return state_->listed_config(); }

Result<std::string> GitRepo::config_value(const std::string& key) const {
  CAIRN_TRY(const auto values, config());
  const auto found = std::ranges::find(values, key, &ConfigValues::value_type::first);
  return found == values.end() ? std::string() : found->second;
}

Status GitRepo::set_config(const std::string& key, const std::string& value) const {
  const std::scoped_lock lock(state_->config_mutex);
  state_->asked_config.forget();
  state_->config.reset();
  return set_in(state_->command, {"--local"}, key, value);
}

Status GitRepo::unset_config(const std::string& key) const {
  const std::scoped_lock lock(state_->config_mutex);
  state_->asked_config.forget();
  state_->config.reset();
  return unset_in(state_->command, {"--local"}, key);
}

Result<ConfigValues> GitRepo::parse_config_text(const std::string& text, const std::string& name) {
  base::ProcessOptions options;
  options.input = text;
  CAIRN_TRY(const auto answer,
            run_plain_git({"config", "-z", "--no-includes", "--file", "-", "--list"},
                          std::move(options)));
  if (answer.exit_code == 0) return parse_config(answer.output);
  return git_failure(Code::kCorrupt, "config", answer).with("`" + name + "`");
}

Result<ConfigValues> GitRepo::read_config_blob(const std::string& object) const {
  CAIRN_TRY(const auto found,
            state_->command.try_run({{"rev-parse", "-q", "--verify", object}, {}}));
  if (found.exit_code != 0) return ConfigValues();
  CAIRN_TRY(
      const auto answer,
      state_->command.try_run({{"config", "-z", "--no-includes", "--blob", object, "--list"}, {}}));
  if (answer.exit_code != 0) return git_failure(Code::kCorrupt, "config", answer);
  return parse_config(answer.output);
}

Status GitRepo::set_config_file(const std::string& path, const std::string& key,
                                const std::string& value) const {
  const std::string file = base::path_from(state_->command.directory(), path);
  CAIRN_CHECK(is_usable_config_file(file));
  CAIRN_CHECK(base::make_directories(base::parent_of(file)));
  return set_in(state_->command, {"--file", file}, key, value);
}

Status GitRepo::unset_config_file(const std::string& path, const std::string& key) const {
  const std::string file = base::path_from(state_->command.directory(), path);
  CAIRN_TRY(const bool exists, is_usable_config_file(file));
  if (!exists) return {};
  return unset_in(state_->command, {"--file", file}, key);
}

}  // namespace cairn::git
