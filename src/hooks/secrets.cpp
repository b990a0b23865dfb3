#include "hooks/secrets.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "git/url.hpp"

namespace cairn::hooks {

namespace {

bool is_upper_or_digit(char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }
bool is_key_byte(char c) {
  return is_upper_or_digit(c) || (c >= 'a' && c <= 'z') || c == '/' || c == '+';
}

std::size_t run_length(std::string_view text, bool (*allowed)(char)) {
  const auto* const end = std::find_if_not(text.begin(), text.end(), allowed);
  return static_cast<std::size_t>(end - text.begin());
}

// AKIA and ASIA with 16 capitals or digits behind them, and no more.
bool has_access_key(std::string_view line) {
  constexpr std::size_t kIdBytes = 20;
  for (const std::string_view prefix : {"AKIA", "ASIA"}) {
    for (auto at = line.find(prefix); at != std::string_view::npos;
         at = line.find(prefix, at + 1)) {
      const bool starts = at == 0 || !is_upper_or_digit(line[at - 1]);
      if (starts && run_length(line.substr(at), is_upper_or_digit) == kIdBytes) return true;
    }
  }
  return false;
}

// A name that speaks of a secret, and a value of 40 characters of base64 behind it.
bool has_secret_key(std::string_view line, const std::string& lower) {
  constexpr std::size_t kSecretBytes = 40;
  if (lower.find("secret") == std::string::npos) return false;
  for (std::size_t at = 0; at < line.size();) {
    const auto length = run_length(line.substr(at), is_key_byte);
    if (length == kSecretBytes) return true;
    at += std::max<std::size_t>(length, 1);
  }
  return false;
}

// "https://user:word@host" and "https://token@host"; not "ssh://git@host", which holds no secret.
bool has_userinfo(std::string_view line) {
  const auto in_scheme = [](char c) { return is_key_byte(c) && c != '/'; };
  for (auto at = line.find("://"); at != std::string_view::npos; at = line.find("://", at + 3)) {
    auto start = at;
    while (start > 0 && in_scheme(line[start - 1])) --start;
    const auto url = line.substr(start);
    if (git::holds_secret(url.substr(0, url.find_first_of(" \t\"'")))) return true;
  }
  return false;
}

bool has_presigned_query(const std::string& lower) {
  constexpr std::string_view kMarks[] = {"x-amz-signature=",
                                         "x-amz-credential=",
                                         "x-amz-security-token=",
                                         "awsaccesskeyid=",
                                         "x-goog-signature=",
                                         "googleaccessid=",
                                         "sharedaccesssignature=",
                                         "&sig=",
                                         "?sig="};
  return std::ranges::any_of(
      kMarks, [&](std::string_view mark) { return lower.find(mark) != std::string::npos; });
}

bool has_word(const std::string& lower) {
  constexpr std::string_view kNames[] = {"password", "passwd", "session-token", "session_token",
                                         "aws_session"};
  return lower.find('=') != std::string::npos &&
         std::ranges::any_of(kNames, [&](std::string_view name) {
           const auto at = lower.find(name);
           return at != std::string::npos && at < lower.find('=');
         });
}

const char* kind_of_secret(std::string_view line) {
  const auto lower = base::lower_ascii(line);
  if (has_access_key(line)) return "an AWS access key id";
  if (has_secret_key(line, lower)) return "a secret key";
  if (has_userinfo(line)) return "a user name or password in a URL";
  if (has_presigned_query(lower)) return "the signature of a presigned URL";
  if (lower.find("-----begin ") != std::string::npos &&
      lower.find("private key") != std::string::npos)
    return "a private key";
  return has_word(lower) ? "a password or session token" : nullptr;
}

}  // namespace

std::vector<Secret> find_secrets(std::string_view text) {
  std::vector<Secret> out;
  int number = 0;
  for (const auto line : base::split(text, '\n')) {
    ++number;
    if (const char* kind = kind_of_secret(line)) out.push_back({number, kind});
  }
  return out;
}

}  // namespace cairn::hooks
