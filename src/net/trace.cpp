#include "net/trace.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "base/text.hpp"

namespace cairn::net {
namespace {

constexpr std::string_view kHidden = "[hidden]";
constexpr std::array<std::string_view, 11> kSecretHeaders{
    "proxy-authorization",
    "cookie",
    "set-cookie",
    "x-amz-security-token",
    "x-aws-ec2-metadata-token",
    "x-amz-sso_bearer_token",
    "x-amz-server-side-encryption-customer-key",
    "x-amz-copy-source-server-side-encryption-customer-key",
    "x-goog-api-key",
    "api-key",
    "x-auth-token"};
constexpr std::array<std::string_view, 10> kSecretParameters{
    "x-amz-signature", "x-amz-security-token", "x-amz-credential", "signature", "sig",
    "token",           "access_token",         "webidentitytoken", "key",       "password"};

template <std::size_t kCount>
bool is_one_of(const std::array<std::string_view, kCount>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), base::lower_ascii(name)) != names.end();
}

std::string redact_query(std::string_view query) {
  std::string out;
  for (const std::string_view part : base::split(query, '&')) {
    if (!out.empty()) out += '&';
    const std::size_t equals = part.find('=');
    if (equals != std::string_view::npos && is_one_of(kSecretParameters, part.substr(0, equals))) {
      out += std::string(part.substr(0, equals + 1)) + std::string(kHidden);
    } else {
      out += part;
    }
  }
  return out;
}

// The scope and the names of the signed headers help to find out why a server disagrees; they are
// no secret.
std::string redact_authorization(std::string_view value) {
  const std::size_t space = value.find(' ');
  const std::string_view scheme = value.substr(0, space);
  const std::size_t signature = value.find("Signature=");
  if (scheme.starts_with("AWS4-HMAC-SHA256") && signature != std::string_view::npos) {
    return std::string(value.substr(0, signature)) + "Signature=" + std::string(kHidden);
  }
  return space == std::string_view::npos ? std::string(kHidden)
                                         : std::string(scheme) + " " + std::string(kHidden);
}

// The lines of one request or of one answer.
class Block {
 public:
  Block(std::uint64_t number, char direction) : prefix_(fmt::format("{} {} ", number, direction)) {}
  void add(std::string_view text) {
    lines_.push_back(base::printable(prefix_ + std::string(text)));
  }
  void add(const std::vector<HeaderField>& headers) {
    for (const HeaderField& field : headers)
      add(fmt::format("{}: {}", field.name, redact_header(field)));
  }
  void give_to(TraceSink& sink) const { sink.block(lines_); }

 private:
  const std::string prefix_;
  std::vector<std::string> lines_;
};

}  // namespace

std::string redact_url(std::string_view url) {
  std::string out(url.substr(0, url.find('#')));
  const std::size_t scheme = out.find("://");
  if (scheme != std::string::npos) {
    const std::size_t host = scheme + 3;
    const std::size_t end = std::min(out.find_first_of("/?", host), out.size());
    const std::size_t at = out.rfind('@', end);
    if (at != std::string::npos && at >= host && at < end) out.erase(host, at + 1 - host);
  }
  const std::size_t query = out.find('?');
  if (query == std::string::npos) return out;
  return out.substr(0, query + 1) + redact_query(std::string_view(out).substr(query + 1));
}

std::string redact_header(const HeaderField& field) {
  const std::string name = base::lower_ascii(field.name);
  if (name == "authorization") return redact_authorization(field.value);
  if (is_one_of(kSecretHeaders, name)) return std::string(kHidden);
  if (name == "location" || name == "referer") return redact_url(field.value);
  return field.value;
}

void trace_request(TraceSink& sink, std::uint64_t number, const Request& request) {
  Block block(number, '>');
  block.add(fmt::format("{} {}", method_name(request.method), redact_url(request.url)));
  block.add(request.headers);
  if (request.body) block.add(fmt::format("({} bytes)", request.body->size_bytes()));
  block.give_to(sink);
}

void trace_response(TraceSink& sink, std::uint64_t number, const Request& request,
                    const Result<Response>& answer) {
  Block block(number, '<');
  if (answer.ok()) {
    block.add(fmt::format("{} {} {}", answer->status, method_name(request.method),
                          redact_url(request.url)));
    block.add(answer->headers);
    block.add(fmt::format("({} bytes{})", answer->body_bytes, answer->truncated ? ", cut" : ""));
  } else {
    block.add(answer.error().message());
  }
  block.give_to(sink);
}

}  // namespace cairn::net
