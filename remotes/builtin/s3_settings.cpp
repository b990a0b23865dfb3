#include "remotes/builtin/s3_settings.hpp"

#include <utility>
#include <vector>

#include "base/text.hpp"

namespace cairn::remotes {
namespace {

template <typename Value>
using Words = std::vector<std::pair<std::string, Value>>;

// Leaves `out` alone when the setting is absent.
template <typename Value>
Status choose(const RemoteSettings& settings, const std::string& key, const Words<Value>& words,
              std::optional<Value>& out) {
  const std::string text = setting(settings, key);
  if (text.empty()) return {};
  std::string known;
  for (const auto& [word, value] : words) {
    if (word == text) {
      out = value;
      return {};
    }
    known += (known.empty() ? "" : ", ") + word;
  }
  return Error(Code::kUsage, "a remote's `" + key + "` is `" + base::printable(text) +
                                 "`, but may be one of: " + known)
      .slug("bad-config");
}

}  // namespace

std::string setting(const RemoteSettings& settings, const std::string& key) {
  const auto found = settings.find(key);
  return found == settings.end() ? std::string() : found->second;
}

RemoteSettings sharing_key(const RemoteSettings& settings, std::initializer_list<const char*> names,
                           net::PlainHttp plain_http) {
  RemoteSettings out;
  for (const char* name : names) {
    if (const auto found = settings.find(name); found != settings.end()) out.insert(*found);
  }
  if (plain_http == net::PlainHttp::kAllowed) out["allow-http"] = "true";
  return out;
}

std::string first_variable(const Variable& variable, std::initializer_list<const char*> names) {
  for (const char* name : names) {
    if (std::string value = variable ? variable(name).value_or("") : ""; !value.empty())
      return value;
  }
  return {};
}

Result<s3::S3Options> s3_options(const RemoteSettings& settings, const Variable& variable) {
  s3::S3Options out;
  out.endpoint = setting(settings, "endpoint");
  if (out.endpoint.empty())
    out.endpoint = first_variable(variable, {"AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"});
  out.region = setting(settings, "region");
  if (out.region.empty())
    out.region = first_variable(variable, {"AWS_REGION", "AWS_DEFAULT_REGION"});
  CAIRN_CHECK(choose<s3::AddressingStyle>(
      settings, "style",
      {{"path", s3::AddressingStyle::kPath}, {"virtual", s3::AddressingStyle::kVirtual}},
      out.style));
  CAIRN_CHECK(choose<s3::ListVersion>(
      settings, "list", {{"v1", s3::ListVersion::kV1}, {"v2", s3::ListVersion::kV2}}, out.list));
  CAIRN_CHECK(choose<s3::ConditionalPut>(
      settings, "conditional-put",
      {{"true", s3::ConditionalPut::kTried}, {"false", s3::ConditionalPut::kRefused}},
      out.conditional_put));
  out.storage_class = setting(settings, "storage-class");
  out.server_side_encryption = setting(settings, "sse");
  out.kms_key_id = setting(settings, "kms-key");
  out.expected_bucket_owner = setting(settings, "bucket-owner");
  out.dual_stack = first_variable(variable, {"AWS_USE_DUALSTACK_ENDPOINT"}) == "true";
  out.fips = first_variable(variable, {"AWS_USE_FIPS_ENDPOINT"}) == "true";
  return out;
}

net::ClientOptions client_options(const RemoteSettings& settings, const Variable& variable) {
  net::ClientOptions out;
  out.proxy = first_variable(variable, {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"});
  out.no_proxy = first_variable(variable, {"no_proxy", "NO_PROXY"});
  out.ca_file = setting(settings, "ca-file");
  if (out.ca_file.empty()) out.ca_file = first_variable(variable, {"AWS_CA_BUNDLE"});
  return out;
}

}  // namespace cairn::remotes
