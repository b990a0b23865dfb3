// AWS Signature Version 4 as S3 wants it: the path is used as it is sent, and every x-amz-* header
// is signed. https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
// Pure functions of their arguments; the derived keys of the last few scopes are remembered.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/http.hpp"
#include "remotes/s3/credential_provider.hpp"

namespace cairn::remotes::s3 {

// Query parameters, unencoded, in any order.
using NameValues = std::vector<std::pair<std::string, std::string>>;
using Headers = std::vector<net::HeaderField>;

struct SigningScope {
  std::string region;
  std::string service;      // "s3", "sts"
  std::int64_t now_ms = 0;  // by the server's clock, as well as it is known
};

struct SignedTarget {
  std::string method;  // upper case
  std::string host;    // as in the Host header: with the port unless it is the scheme's own
  std::string path;    // percent-encoded, as sent; starts with '/'
  NameValues query;    // unencoded
};

// Every byte outside A-Z a-z 0-9 - . _ ~ as %XX. Paths keep their '/', query parts do not.
enum class Slashes { kKeep, kEncode };
std::string percent_encode(std::string_view text, Slashes slashes);

// Sorted, encoded, always with '=': what is signed, and what must stand in the URL byte for byte.
std::string canonical_query(const NameValues& query);

// SHA-256 of an empty body.
inline constexpr std::string_view kEmptySha256 =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

// Adds x-amz-date, x-amz-content-sha256, x-amz-security-token (for temporary credentials) and
// authorization, replacing those of an earlier signature. Host stays out of `headers`. Signed are
// host, every x-amz-*, content-type, content-md5, date, range, if-match and if-none-match; others
// may be changed on the way. Values must hold no control characters.
void sign_headers(const Credentials& credentials, const SigningScope& scope,
                  const SignedTarget& target, Headers& headers,
                  std::string_view payload_sha256_hex);

// The query of a URL that allows this request without credentials for `expires_s` seconds (1 to
// 604800): canonical, with the signature last. It is a secret, and dies with temporary credentials.
std::string presign(const Credentials& credentials, const SigningScope& scope,
                    const SignedTarget& target, std::int64_t expires_s);

// The steps of both, for tests and for showing what was signed when a server disagrees. `headers`
// are all those to sign but host.
std::string canonical_request(const SignedTarget& target, const Headers& headers,
                              std::string_view payload_sha256_hex);
std::string string_to_sign(const SigningScope& scope, std::string_view canonical_request);

}  // namespace cairn::remotes::s3
