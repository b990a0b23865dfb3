#include "config/remotes.hpp"

#include <algorithm>
#include <array>

#include <fmt/core.h>

#include "base/text.hpp"
#include "config/remote_url.hpp"

namespace cairn::config {
namespace {

constexpr std::size_t kMaxRemoteName = 64;

// Whoever commits a file may say where data is and how it is kept, never who asks, through which
// program, or how far the connection is trusted.
struct KnownKey {
  std::string_view name;
  bool may_be_committed;
};
constexpr std::array kKeys{
    KnownKey{"url", true},           KnownKey{"endpoint", true},
    KnownKey{"region", true},        KnownKey{"style", true},
    KnownKey{"list", true},          KnownKey{"conditional-put", true},
    KnownKey{"storage-class", true}, KnownKey{"sse", true},
    KnownKey{"kms-key", true},       KnownKey{"bucket-owner", true},
    KnownKey{"anonymous", true},     KnownKey{"profile", false},
    KnownKey{"ca-file", false},      KnownKey{"allow-http", false},
};

RemoteSetting& remote_named(Settings& settings, const std::string& name) {
  auto& remotes = settings.remotes;
  const auto same = std::find_if(remotes.begin(), remotes.end(),
                                 [&](const RemoteSetting& other) { return other.name == name; });
  return same == remotes.end() ? remotes.emplace_back(RemoteSetting{name, {}, false, {}}) : *same;
}

// Why a committed URL is ignored, or nothing.
std::optional<std::string> fault_of_committed_url(const std::string& name, const std::string& url) {
  if (is_directory_url(url)) {
    return "a directory can only be named in this clone's own config (`cairn remote set " + name +
           " DIR`)";
  }
  if (has_user_info(url)) return "it holds a user name or password, which must not be committed";
  return std::nullopt;
}

Status check_remote_value(const detail::RemoteKey& key, const std::string& value,
                          const std::string& place, const std::string& full_key) {
  if (!valid_remote_name(key.name)) {
    return Error(Code::kCorrupt, place + ": `" + key.name +
                                     "` cannot name a remote: letters, digits, `.`, `_` and `-` "
                                     "are allowed, at most 64")
        .slug("bad-config");
  }
  const bool is_place = key.key == "url" || key.key == "endpoint";
  if (is_place && !is_well_formed_url(value)) {
    return detail::bad_value(Code::kCorrupt, place, full_key, value,
                             "a directory or URL is expected");
  }
  return {};
}

void put_value(const detail::RemoteKey& key, const std::string& value, bool committed,
               Settings& settings) {
  if (committed && (key.key == "url" || key.key == "endpoint")) {
    if (const auto fault = fault_of_committed_url(key.name, value)) {
      settings.warnings.push_back(
          fmt::format("{}: the {} of remote `{}` is ignored: {}", detail::kCommittedFile,
                      key.key == "url" ? "URL" : "endpoint", key.name, *fault));
      return;
    }
  }
  RemoteSetting& remote = remote_named(settings, key.name);
  (key.key == "url" ? remote.url : remote.options[key.key]) = value;
}

// Where the requests of a remote go is decided by its URL and, where it has one, its endpoint.
bool is_place_committed(const RemoteSetting& before, const RemoteSetting& now) {
  if (now.url == before.url) return true;
  const auto endpoint = before.options.find("endpoint");
  if (is_directory_url(now.url) || endpoint == before.options.end()) return false;
  return now.options.at("endpoint") == endpoint->second;
}

}  // namespace

namespace detail {

std::optional<RemoteKey> remote_key(std::string_view key) {
  if (!key.starts_with(kRemoteSection)) return std::nullopt;
  key.remove_prefix(kRemoteSection.size());
  const std::size_t dot = key.rfind('.');
  if (dot == std::string_view::npos || dot == 0) return std::nullopt;
  for (const KnownKey& known : kKeys) {
    if (known.name != key.substr(dot + 1)) continue;
    return RemoteKey{std::string(key.substr(0, dot)), std::string(known.name),
                     known.may_be_committed};
  }
  return std::nullopt;
}

Status add_remotes(const KeyValues& values, const std::string& place, Settings& settings) {
  const bool committed = place == kCommittedFile;
  const std::vector<RemoteSetting> before = settings.remotes;
  for (const auto& [full_key, value] : values) {
    const auto key = remote_key(full_key);
    if (!key || (committed && !valid_remote_name(key->name))) continue;
    CAIRN_CHECK(check_remote_value(*key, value, place, full_key));
    put_value(*key, value, committed, settings);
  }
  std::erase_if(settings.remotes, [](const RemoteSetting& remote) { return remote.url.empty(); });
  for (RemoteSetting& remote : settings.remotes) {
    const auto old = std::find_if(before.begin(), before.end(), [&](const RemoteSetting& other) {
      return other.name == remote.name;
    });
    remote.committed = committed || (old != before.end() && is_place_committed(*old, remote));
  }
  return {};
}

Error bad_value(Code code, const std::string& place, const std::string& name,
                const std::string& value, const std::string& expected) {
  return Error(code, fmt::format("{}: `{}` is `{}`, but {}", place, base::printable(name),
                                 base::printable(value), expected))
      .slug("bad-config");
}

}  // namespace detail

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
