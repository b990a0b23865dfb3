// Signs what sigv4_botocore_test.py asks for: one JSON object a line in, one out.
#include <iostream>

#include <nlohmann/json.hpp>

#include "remotes/s3/sigv4.hpp"

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

}  // namespace

int main() {
  for (std::string line; std::getline(std::cin, line);)
    std::cout << sign(json::parse(line)) << '\n';
}
