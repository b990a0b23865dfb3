// Settings of an S3 remote (cairn-config(5)), with the variables of the AWS tools where a setting
// is silent.
#pragma once

#include <functional>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>

#include "cairn/result.hpp"
#include "remotes/s3/options.hpp"

namespace cairn::remotes {

using Variable = std::function<std::optional<std::string>(const std::string& name)>;
using RemoteSettings = std::map<std::string, std::string>;  // "region" -> "eu-central-1"

// kUsage for a value that a setting cannot have.
Result<s3::S3Options> s3_options(const RemoteSettings& settings, const Variable& variable);
// All but whether plain http is allowed, which is decided for each remote (plain_http.hpp).
net::ClientOptions client_options(const RemoteSettings& settings, const Variable& variable);

// "" where it is not set.
std::string setting(const RemoteSettings& settings, const std::string& key);
// What a client or an identity is known by, for whoever may share it: those of these names that are
// set, and whether plain http is allowed.
RemoteSettings sharing_key(const RemoteSettings& settings, std::initializer_list<const char*> names,
                           net::PlainHttp plain_http);

// The first of these variables that is set and not empty.
std::string first_variable(const Variable& variable, std::initializer_list<const char*> names);

}  // namespace cairn::remotes
