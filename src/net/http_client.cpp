#include "net/http_client.hpp"

#include <algorithm>
#include <utility>

#include "base/text.hpp"
#include "net/address.hpp"
#include "net/transfer_loop.hpp"
#include "net/url_parts.hpp"

namespace cairn::net {
namespace {

bool is_token_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

// What would end a header line, and so start another one.
bool is_unsendable(char c) {
  return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f;
}

Status check_headers(const Request& request) {
  for (const HeaderField& field : request.headers) {
    const bool good_name =
        !field.name.empty() && std::all_of(field.name.begin(), field.name.end(), is_token_char);
    if (good_name && std::none_of(field.value.begin(), field.value.end(), is_unsendable)) continue;
    return Error(Code::kUsage, "the value for the header `" + base::printable(field.name) +
                                   "` holds characters that cannot be sent");
  }
  return {};
}

// Before the name is resolved; the address is looked at again once connected
// (Transfer::on_connected).
Status check_destination(const Request& request, const ClientOptions& options,
                         const UrlParts& parts) {
  const AddressKind kind = address_kind(parts.host);
  if (kind != AddressKind::kName && !is_allowed(kind, request.addresses)) {
    return Error(Code::kUntrusted, parts.authority + " is an address that may not be asked")
        .hint(kAddressHint)
        .slug("address-refused");
  }
  const bool plain_is_fine = options.plain_http == PlainHttp::kAllowed ||
                             is_loopback_host(parts.host) ||
                             request.addresses == AddressPolicy::kMetadata;
  if (!parts.plain || plain_is_fine) return {};
  return Error(Code::kUntrusted,
               "http://" + parts.authority + " would carry data and tokens in the clear")
      .hint("use an https:// endpoint")
      .slug("plain-http");
}

ConcurrencyLimit::Outcome outcome_of(const Result<Response>& answer) {
  using Outcome = ConcurrencyLimit::Outcome;
  if (!answer.ok()) return Outcome::kOther;
  const int status = answer.value().status;
  if (status == 429 || status == 503) return Outcome::kThrottled;
  return status < 400 ? Outcome::kGood : Outcome::kOther;
}

}  // namespace

HttpClient::HttpClient(ClientOptions options)
    : options_(std::move(options)),
      loop_(std::make_unique<TransferLoop>(options_.max_connections)) {}

HttpClient::~HttpClient() = default;

ConcurrencyLimit& HttpClient::limit_of(const std::string& authority) {
  const std::lock_guard lock(mutex_);
  auto& limit = limits_[authority];
  if (!limit)
    limit =
        std::make_unique<ConcurrencyLimit>(options_.first_connections, options_.max_connections);
  return *limit;
}

Result<Response> HttpClient::send(const Request& request, std::stop_token stop) {
  if (stop.stop_requested()) return Error(Code::kInterrupted, "interrupted");
  CAIRN_TRY(const UrlParts parts, parse_http_url(request.url));
  CAIRN_CHECK(check_headers(request));
  CAIRN_CHECK(check_destination(request, options_, parts));
  ConcurrencyLimit& limit = limit_of(parts.authority);
  ConcurrencyLimit::Place place;
  if (!limit.enter(stop, place)) return Error(Code::kInterrupted, "interrupted");
  const std::uint64_t number = options_.trace ? options_.trace->next_number() : 0;
  if (options_.trace) trace_request(*options_.trace, number, request);
  Transfer transfer(request, options_);
  auto answer = loop_->run(transfer, stop);
  limit.leave(place, outcome_of(answer));
  if (options_.trace) trace_response(*options_.trace, number, request, answer);
  return answer;
}

}  // namespace cairn::net
