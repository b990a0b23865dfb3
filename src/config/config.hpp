// Settings: flags > CAIRN_* > repository git config `cairn.*` > committed `.cairn/config`
// (allow-listed keys only) > defaults. Pure over key lists that git printed; the environment is
// handed in by the program.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "cairn/result.hpp"
#include "config/hook_settings.hpp"

namespace cairn::config {

using KeyValues = std::vector<std::pair<std::string, std::string>>;

struct RemoteSetting {
  std::string name;
  std::string url;
  bool committed =
      false;  // .cairn/config says where it is, not this clone's git config: to be trusted first
  std::map<std::string, std::string> options;  // "region" -> "eu-central-1": what else is set of it
};

// `[path "PATTERN"] push = …` of the committed file, and of nowhere else: a clone cannot loosen it
// by itself.
struct PathPolicy {
  std::string pattern;  // gitignore pattern from the top
  std::string remote;   // the one remote that may have what matches; empty: none
};

struct Settings {
  std::string chunker = "gear1";   // or structure1: how files are cut, from .cairn/config
  std::string project;             // 32 hex digits, from .cairn/config
  std::string store_directory;     // empty: the default inside git's common directory
  bool group_store = false;        // cairn.shared = group: a store made now belongs to the group
  std::string link_mode = "copy";  // copy, reflink, hardlink, symlink
  std::string default_remote;      // empty: the first remote by name order of definition
  std::vector<RemoteSetting>
      remotes;  // order of definition, local before committed of the same name
  std::vector<PathPolicy> path_policies;
  std::vector<std::string>
      read_remotes;  // tried in this order by what only reads; empty: the default one
  HookSettings hooks;
  std::vector<std::string> warnings;  // keys in .cairn/config that are not allowed there
};

// kCorrupt for values out of form, kTooNew for a newer `cairn.format`.
Result<Settings> merge_settings(const KeyValues& committed, const KeyValues& git_config,
                                const std::map<std::string, std::string>& environment);

// Whether this key may stand in the committed file.
bool allowed_in_committed(const std::string& key);
// Of these, the keys that count nowhere else.
bool is_committed_only(const std::string& key);
bool valid_remote_name(std::string_view name);

// Every key a user may set, with its meaning, for `cairn config` and cairn-config(5).
struct KeyHelp {
  const char* key;
  const char* values;
  const char* meaning;
};
std::span<const KeyHelp> known_keys();

}  // namespace cairn::config
