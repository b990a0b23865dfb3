#include "remotes/s3/sigv4.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <mutex>

#include <fmt/core.h>

#include "base/text.hpp"
#include "crypto/hmac.hpp"
#include "crypto/sha256.hpp"

namespace cairn::remotes::s3 {
namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";
constexpr std::array<std::string_view, 6> kSignedNames = {"content-type", "content-md5",   "date",
                                                          "if-match",     "if-none-match", "range"};

// "20130524T000000Z"; its first eight characters are the date of the scope.
std::string amz_time(std::int64_t now_ms) {
  using namespace std::chrono;
  const sys_seconds second = floor<seconds>(sys_time<milliseconds>(milliseconds(now_ms)));
  const auto day = floor<days>(second);
  const year_month_day date(day);
  const hh_mm_ss clock(second - day);
  return fmt::format("{:04}{:02}{:02}T{:02}{:02}{:02}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

std::string scope_text(const SigningScope& scope) {
  return fmt::format("{}/{}/{}/aws4_request", amz_time(scope.now_ms).substr(0, 8), scope.region,
                     scope.service);
}

bool is_signed(std::string_view name) {
  return name.substr(0, 6) == "x-amz-" ||
         std::find(kSignedNames.begin(), kSignedNames.end(), name) != kSignedNames.end();
}

// Without space at the ends, and with each run of spaces as one.
std::string folded(std::string_view value) {
  std::string out;
  for (const char c : value) {
    const bool space = c == ' ' || c == '\t';
    if (!space)
      out += c;
    else if (!out.empty() && out.back() != ' ')
      out += ' ';
  }
  if (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

// Lower-case name and value of each header that is signed, host among them, sorted by name; values
// of one name are joined in their order.
std::vector<net::HeaderField> canonical_headers(const SignedTarget& target,
                                                const Headers& headers) {
  std::vector<net::HeaderField> out{{"host", folded(target.host)}};
  for (const auto& header : headers) {
    std::string name = base::lower_ascii(header.name);
    if (is_signed(name)) out.push_back({std::move(name), folded(header.value)});
  }
  std::stable_sort(out.begin(), out.end(),
                   [](const auto& a, const auto& b) { return a.name < b.name; });
  std::size_t kept = 0;
  for (std::size_t i = 1; i < out.size(); ++i) {
    if (out[i].name == out[kept].name)
      out[kept].value += "," + out[i].value;
    else if (++kept != i)
      out[kept] = std::move(out[i]);
  }
  out.resize(kept + 1);
  return out;
}

std::string signed_names(const std::vector<net::HeaderField>& canonical) {
  std::string out;
  for (const auto& header : canonical) {
    if (!out.empty()) out += ';';
    out += header.name;
  }
  return out;
}

Digest hmac(const Digest& key, std::string_view message) {
  return crypto::hmac_sha256(key.bytes, base::view_of(message));
}

Digest derive_key(const Secret& secret, std::string_view date, const SigningScope& scope) {
  std::string start = "AWS4" + std::string(secret.reveal());
  const Digest of_date = crypto::hmac_sha256(base::view_of(start), base::view_of(date));
  Secret::wipe(start);
  return hmac(hmac(hmac(of_date, scope.region), scope.service), "aws4_request");
}

// Signing keys of the last scopes in use: a program has one or two, and each costs four HMACs. The
// secret is part of the entry, since a corrected secret may come with the same key id.
class KeyCache {
 public:
  Digest key(const Credentials& credentials, const SigningScope& scope) {
    const std::string name = credentials.access_key_id + "/" + scope_text(scope);
    const std::lock_guard lock(mutex_);
    for (const Entry& entry : entries_)
      if (entry.name == name && entry.secret == credentials.secret_access_key) return entry.key;
    Entry& entry = entries_[next_++ % entries_.size()];
    const std::string date = amz_time(scope.now_ms).substr(0, 8);
    entry = {name, credentials.secret_access_key,
             derive_key(credentials.secret_access_key, date, scope)};
    return entry.key;
  }

 private:
  struct Entry {
    std::string name;
    Secret secret;
    Digest key;
  };
  std::mutex mutex_;
  std::array<Entry, 8> entries_;
  std::size_t next_ = 0;
};

std::string signature(const Credentials& credentials, const SigningScope& scope,
                      std::string_view canonical) {
  static KeyCache cache;
  return hmac(cache.key(credentials, scope), string_to_sign(scope, canonical)).hex();
}

void set_header(Headers& headers, std::string_view name, std::string value) {
  std::erase_if(headers,
                [&](const auto& header) { return base::lower_ascii(header.name) == name; });
  if (!value.empty()) headers.push_back({std::string(name), std::move(value)});
}

}  // namespace

std::string percent_encode(std::string_view text, Slashes slashes) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  std::string out;
  out.reserve(text.size() + 16);
  for (const char c : text) {
    const bool plain = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '.' || c == '_' || c == '~' ||
                       (c == '/' && slashes == Slashes::kKeep);
    if (plain) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
  }
  return out;
}

std::string canonical_query(const NameValues& query) {
  NameValues encoded;
  for (const auto& [name, value] : query)
    encoded.emplace_back(percent_encode(name, Slashes::kEncode),
                         percent_encode(value, Slashes::kEncode));
  std::sort(encoded.begin(), encoded.end());
  std::string out;
  for (const auto& [name, value] : encoded) {
    if (!out.empty()) out += '&';
    out += name + '=' + value;
  }
  return out;
}

std::string canonical_request(const SignedTarget& target, const Headers& headers,
                              std::string_view payload_sha256_hex) {
  const auto canonical = canonical_headers(target, headers);
  std::string out =
      target.method + '\n' + target.path + '\n' + canonical_query(target.query) + '\n';
  for (const auto& header : canonical) out += header.name + ':' + header.value + '\n';
  out += '\n' + signed_names(canonical) + '\n';
  out += payload_sha256_hex;
  return out;
}

std::string string_to_sign(const SigningScope& scope, std::string_view canonical_request) {
  return fmt::format("{}\n{}\n{}\n{}", kAlgorithm, amz_time(scope.now_ms), scope_text(scope),
                     crypto::sha256(base::view_of(canonical_request)).hex());
}

void sign_headers(const Credentials& credentials, const SigningScope& scope,
                  const SignedTarget& target, Headers& headers,
                  std::string_view payload_sha256_hex) {
  set_header(headers, "authorization", "");
  set_header(headers, "x-amz-date", amz_time(scope.now_ms));
  set_header(headers, "x-amz-content-sha256", std::string(payload_sha256_hex));
  set_header(headers, "x-amz-security-token", std::string(credentials.session_token.reveal()));
  const std::string canonical = canonical_request(target, headers, payload_sha256_hex);
  set_header(headers, "authorization",
             fmt::format("{} Credential={}/{}, SignedHeaders={}, Signature={}", kAlgorithm,
                         credentials.access_key_id, scope_text(scope),
                         signed_names(canonical_headers(target, headers)),
                         signature(credentials, scope, canonical)));
}

std::string presign(const Credentials& credentials, const SigningScope& scope,
                    const SignedTarget& target, std::int64_t expires_s) {
  SignedTarget with_query = target;
  NameValues& query = with_query.query;
  query.emplace_back("X-Amz-Algorithm", kAlgorithm);
  query.emplace_back("X-Amz-Credential", credentials.access_key_id + "/" + scope_text(scope));
  query.emplace_back("X-Amz-Date", amz_time(scope.now_ms));
  query.emplace_back("X-Amz-Expires", std::to_string(expires_s));
  query.emplace_back("X-Amz-SignedHeaders", "host");
  if (!credentials.session_token.empty())
    query.emplace_back("X-Amz-Security-Token", credentials.session_token.reveal());
  const std::string canonical = canonical_request(with_query, {}, "UNSIGNED-PAYLOAD");
  return canonical_query(query) + "&X-Amz-Signature=" + signature(credentials, scope, canonical);
}

}  // namespace cairn::remotes::s3
