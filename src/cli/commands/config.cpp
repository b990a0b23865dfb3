#include <algorithm>

#include "base/file.hpp"
#include "cli/commands/commands.hpp"
#include "cli/format_reply.hpp"
#include "repo/committed_settings.hpp"

namespace cairn::cli {

namespace {

// One key with the value that counts, and where it stands ("" when it is not set).
struct SettingLine {
  std::string key, value, place;
};

constexpr std::string_view kAnyName = "<name>";

// "cairn-remote.prod.url" has the form "cairn-remote.<name>.url".
bool has_form(const std::string& key, std::string_view form) {
  const auto cut = form.find(kAnyName);
  if (cut == std::string_view::npos) return key == form;
  const auto head = form.substr(0, cut), tail = form.substr(cut + kAnyName.size());
  if (key.size() <= head.size() + tail.size() || !key.starts_with(head) || !key.ends_with(tail))
    return false;
  return config::valid_remote_name(
      std::string_view(key).substr(head.size(), key.size() - head.size() - tail.size()));
}

bool is_known_key(const std::string& key) {
  return std::ranges::any_of(
      config::known_keys(), [&](const config::KeyHelp& known) { return has_form(key, known.key); });
}

const char* variable_of(const std::string& key) {
  if (key == "cairn.store") return "CAIRN_STORE";
  if (key == "cairn.shared") return "CAIRN_SHARED";
  if (key == "cairn.link") return "CAIRN_LINK";
  if (key == "cairn.default-remote") return "CAIRN_REMOTE";
  if (key == "cairn.read-remotes") return "CAIRN_READ_REMOTES";
  if (key == "cairn.git-reader") return "CAIRN_GIT_READER";
  return "";
}

void overlay(std::vector<SettingLine>& lines, const SettingLine& line) {
  const auto same = std::ranges::find(lines, line.key, &SettingLine::key);
  if (same == lines.end()) {
    lines.push_back(line);
  } else {
    *same = line;
  }
}

// Every key that is set, each with its last word: environment over git config over the committed
// file.
Result<std::vector<SettingLine>> set_keys(const repo::Repository& repository) {
  std::vector<SettingLine> lines;
  const auto* tree = repository.git().paths().bare ? nullptr : &repository.tree();
  CAIRN_TRY(const auto committed, repo::committed_settings(repository.git(), tree));
  for (const auto& [key, value] : committed.value_or(config::KeyValues())) {
    if (is_known_key(key) && config::allowed_in_committed(key))
      overlay(lines, {key, value, ".cairn/config"});
  }
  CAIRN_TRY(const auto local, repository.git().config());
  for (const auto& [key, value] : local) {
    if (is_known_key(key) && !config::is_committed_only(key))
      overlay(lines, {key, value, "git config"});
  }
  for (const auto& known : config::known_keys()) {
    const std::string name = variable_of(known.key);
    const auto found = name.empty() ? repository.environment().variables.end()
                                    : repository.environment().variables.find(name);
    if (found != repository.environment().variables.end() && !found->second.empty()) {
      overlay(lines, {known.key, found->second, name});
    }
  }
  return lines;
}

Error unknown_key(const std::string& key) {
  return Error(Code::kUsage, "`" + shown(key) + "` is not a key of cairn")
      .hint("`cairn config` lists the keys")
      .slug("unknown-key");
}

// Keys that the whole project must agree on are written by `cairn init` and by nobody else.
Status check_settable(const std::string& key) {
  if (!is_known_key(key)) return unknown_key(key);
  if (key != "cairn.project" && key != "cairn.format" && key != "cairn.chunker") return {};
  return Error(Code::kUsage,
               "`" + key + "` belongs to the project, and stands in `.cairn/config` for good")
      .hint("`cairn config " + key + "` shows it");
}

Reply render_settings(const std::vector<SettingLine>& lines) {
  Reply reply;
  reply.quietable = false;
  auto& rows = reply.json["settings"] = Json::array();
  for (const auto& line : lines) {
    rows.push_back({{"key", line.key}, {"value", line.value}, {"place", line.place}});
    reply.text += shown(line.key) + " = " + shown(line.value) + "  (" + line.place + ")\n";
  }
  for (const auto& known : config::known_keys()) {
    if (std::string_view(known.key).find(kAnyName) != std::string_view::npos) continue;
    if (std::ranges::find(lines, known.key, &SettingLine::key) != lines.end()) continue;
    rows.push_back({{"key", known.key}, {"value", nullptr}, {"place", nullptr}});
    reply.text += std::string(known.key) + " is not set  (" + known.values + ")\n";
  }
  return reply;
}

Result<Reply> get_setting(const repo::Repository& repository, const std::string& key) {
  if (!is_known_key(key)) return unknown_key(key);
  CAIRN_TRY(const auto lines, set_keys(repository));
  const auto found = std::ranges::find(lines, key, &SettingLine::key);
  if (found == lines.end()) {
    return Error(Code::kAnswerNo, "`" + key + "` is not set")
        .hint("`cairn config " + key + " VALUE` sets it in this clone");
  }
  Reply reply;
  reply.quietable = false;
  reply.json = {{"key", found->key}, {"value", found->value}, {"place", found->place}};
  reply.text = shown(found->value) + "\n";
  return reply;
}

Result<Reply> set_setting(const Invocation& call, const repo::Repository& repository) {
  const auto& key = call.arguments.words[0];
  const auto& value = call.arguments.words[1];
  const bool dry_run = call.arguments.has("dry-run");
  CAIRN_CHECK(check_settable(key));
  if (const auto tried = config::merge_settings({}, {{key, value}}, {}); !tried) {
    return Error(Code::kUsage, tried.error().message())
        .hint("cairn-config(5) lists the values; nothing was changed")
        .slug("bad-config");
  }
  if (!dry_run) CAIRN_CHECK(repository.git().set_config(key, value));
  Reply reply;
  reply.json = {{"key", key}, {"value", value}, {"place", "git config"}, {"dry_run", dry_run}};
  reply.text = key + (dry_run ? " would be " : " is now ") + shown(value) + " in this clone\n";
  return reply;
}

Result<Reply> unset_setting(const Invocation& call, const repo::Repository& repository) {
  const auto& key = call.arguments.words[0];
  const bool dry_run = call.arguments.has("dry-run");
  CAIRN_CHECK(check_settable(key));
  if (!dry_run) CAIRN_CHECK(repository.git().unset_config(key));
  Reply reply;
  reply.json = {{"key", key}, {"value", nullptr}, {"place", nullptr}, {"dry_run", dry_run}};
  reply.text = key + (dry_run ? " would no longer be" : " is no longer") + " set in this clone\n";
  return reply;
}

Result<Reply> run_config(const Invocation& call) {
  const auto& words = call.arguments.words;
  const bool unset = call.arguments.has("unset");
  if (unset && words.size() != 1) {
    return Error(Code::kUsage, "`--unset` takes one KEY")
        .hint("`cairn help config` shows how it is used");
  }
  CAIRN_TRY(const auto repository, call.repository());
  if (unset) return unset_setting(call, repository);
  if (words.size() == 2) return set_setting(call, repository);
  if (words.size() == 1) return get_setting(repository, words[0]);
  CAIRN_TRY(const auto lines, set_keys(repository));
  return render_settings(lines);
}

}  // namespace

Command config_command() {
  return {"config",
          Group::kHelp,
          "list, read and set the settings of this clone",
          {kDryRun,
           {"unset", 0, Flag::Kind::kSwitch, "", "take the key out of this clone's git config"}},
          {{"KEY", 0, 1}, {"VALUE", 0, 1}},
          &run_config,
          "cairn config cairn.link reflink"};
}

}  // namespace cairn::cli
