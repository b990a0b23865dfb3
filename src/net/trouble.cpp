#include "net/trouble.hpp"

#include <array>
#include <string_view>
#include <utility>

#include "base/error_lines.hpp"

namespace cairn::net {
namespace {

constexpr std::string_view kNameLookupSlug = "name-lookup";
constexpr std::string_view kConnectSlug = "connect-failed";
constexpr std::string_view kTlsSlug = "tls-failed";
constexpr std::string_view kCertificateSlug = "bad-certificate";
constexpr std::string_view kLostSlug = "connection-lost";
constexpr std::string_view kTooSlowSlug = "too-slow";
constexpr std::string_view kBadAnswerSlug = "bad-answer";

constexpr std::array<std::pair<Trouble, std::string_view>, 7> kSlugs{{
    {Trouble::kNameLookup, kNameLookupSlug},
    {Trouble::kConnect, kConnectSlug},
    {Trouble::kTls, kTlsSlug},
    {Trouble::kCertificate, kCertificateSlug},
    {Trouble::kLost, kLostSlug},
    {Trouble::kTooSlow, kTooSlowSlug},
    {Trouble::kBadAnswer, kBadAnswerSlug},
}};

}  // namespace

Error trouble_error(Trouble trouble, std::string message) {
  Error error(Code::kNetwork, std::move(message));
  if (trouble == Trouble::kCertificate) {  // asking again would not help
    base::add_hint(
        error,
        "if an authority of your own signed it, name its file: AWS_CA_BUNDLE=FILE, or for one "
        "remote `git config cairn-remote.NAME.ca-file FILE`");
  }
  for (const auto& [kind, slug] : kSlugs) {
    if (kind == trouble) return std::move(error).slug(std::string(slug));
  }
  return error;
}

Trouble trouble_of(const Error& error) {
  for (const auto& [kind, slug] : kSlugs) {
    if (slug == error.slug()) return kind;
  }
  return Trouble::kNone;
}

}  // namespace cairn::net
