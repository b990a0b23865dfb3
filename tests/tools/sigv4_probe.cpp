// Signs what sigv4_botocore_test.py asks for, and tells where s3_endpoints_botocore_test.py has to
// ask for a bucket: one JSON object a line in, one out.
#include <iostream>

#include <nlohmann/json.hpp>

#include "remotes/s3/sigv4.hpp"
#include "remotes/s3/url.hpp"

namespace {

using namespace cairn::remotes::s3;
using nlohmann::json;

json sign(const json& in) {
  const Credentials credentials{in["key"],
                                Secret(in["secret"].get<std::string>()),
                                Secret(in["token"].get<std::string>()),
                                {}};
  const SigningScope scope{in["region"], in["service"], in["now_ms"].get<std::int64_t>()};
  const SignedTarget target{in["method"], in["host"],
                            percent_encode(in["path"].get<std::string>(), Slashes::kKeep),
                            in["query"].get<NameValues>()};
  if (in.contains("expires_s"))
    return {{"query", presign(credentials, scope, target, in["expires_s"].get<std::int64_t>())}};
  Headers headers;
  for (const auto& header : in["headers"]) headers.push_back({header[0], header[1]});
  const std::string payload = in["payload"];
  sign_headers(credentials, scope, target, headers, payload);
  const std::string canonical = canonical_request(target, headers, payload);
  return {{"canonical", canonical},
          {"string_to_sign", string_to_sign(scope, canonical)},
          {"authorization", headers.back().value}};
}

json address(const json& in) {
  S3Options options;
  options.endpoint = in["endpoint"];
  options.region = in["region"];
  if (in["path_style"]) options.style = AddressingStyle::kPath;
  if (in["virtual_style"]) options.style = AddressingStyle::kVirtual;
  options.dual_stack = in["dual_stack"];
  options.fips = in["fips"];
  options.accelerate = in["accelerate"];
  const auto url = parse_s3_url("s3://" + in["bucket"].get<std::string>());
  if (!url.ok()) return {{"refused", url.error().message()}};
  const auto endpoint = Endpoint::make(*url, options);
  if (!endpoint.ok()) return {{"refused", endpoint.error().message()}};
  const BucketAddress found = endpoint->address(endpoint->first_region());
  return {{"url", found.scheme + found.host + found.path}};
}

}  // namespace

int main() {
  for (std::string line; std::getline(std::cin, line);) {
    const json asked = json::parse(line);
    std::cout << (asked.contains("bucket") ? address(asked) : sign(asked)) << '\n';
  }
}
