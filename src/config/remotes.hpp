// The keys `cairn-remote.<name>.<key>`: which there are, who may set them, and the remotes they
// make. Inside config only.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "config/config.hpp"

namespace cairn::config::detail {

inline constexpr std::string_view kRemoteSection = "cairn-remote.";
inline constexpr const char* kCommittedFile = ".cairn/config";

struct RemoteKey {
  std::string name;  // of the remote, not yet checked
  std::string key;   // "url", "endpoint"
  bool may_be_committed = false;
};
// Nothing for a key that is not one of a remote, or not known.
std::optional<RemoteKey> remote_key(std::string_view key);

// `place` is where the values were read. Values of git config, which come second, take the place of
// committed ones, key by key.
Status add_remotes(const KeyValues& values, const std::string& place, Settings& settings);

// "git config: `cairn.link` is `x`, but …"
Error bad_value(Code code, const std::string& place, const std::string& name,
                const std::string& value, const std::string& expected);

}  // namespace cairn::config::detail
