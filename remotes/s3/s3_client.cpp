#include "remotes/s3/s3_client.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "base/bytes.hpp"
#include "net/address.hpp"
#include "net/url_parts.hpp"

namespace cairn::remotes::s3 {
namespace {

using net::Attempt;
using net::Method;

// What a server repeats of what it was sent must not reach a message.
void hide(std::string& words, std::string_view secret) {
  for (std::size_t at = 0; !secret.empty() && (at = words.find(secret, at)) != std::string::npos;)
    words.replace(at, secret.size(), "…");
}

void hide_secrets(ErrorDocument& error, const Credentials& credentials) {
  for (std::string* words : {&error.code, &error.message, &error.region}) {
    hide(*words, credentials.secret_access_key.reveal());
    hide(*words, credentials.session_token.reveal());
  }
}

// The bucket is elsewhere, or the signature names another region than the store wants.
bool points_elsewhere(const S3Request& request, const Answer& answer) {
  constexpr std::array<std::string_view, 4> kCodes{
      "PermanentRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException",
      "TemporaryRedirect"};
  const int status = answer.http.status;
  if (std::find(kCodes.begin(), kCodes.end(), answer.error.code) != kCodes.end()) return true;
  if (status == 301 || status == 302 || status == 307) return true;
  return request.method == Method::kHead &&
         status == 400;  // an answer to HEAD has no body that could say why
}

}  // namespace

S3Client::S3Client(Endpoint endpoint, S3Options options, S3Services services)
    : wait(net::wait_for_retry),
      endpoint_(std::move(endpoint)),
      options_(std::move(options)),
      services_(std::move(services)),
      budget_(services_.budgets->of(endpoint_.address(endpoint_.first_region()).host)),
      list_version_(endpoint_.quirks().list),
      region_(endpoint_.first_region()) {}

std::string S3Client::region() const {
  const std::lock_guard lock(mutex_);
  return region_;
}

std::vector<RemoteFact> S3Client::facts() const {
  const std::string region = this->region();
  const auto address = endpoint_.address(region);
  return {{"address", address.scheme + address.host + address.path},
          {"style", endpoint_.virtual_host() ? "virtual host" : "path"},
          {"region", region.empty() ? "not asked for" : region},
          {"listing", list_version_ == ListVersion::kV1 ? "version 1" : "version 2"},
          {"TLS", endpoint_.encrypted() ? net::describe_tls(tls_version_)
                                        : "none: anybody on the way can read"},
          {"identity", services_.credentials->describe()},
          {"clock", clock_text()}};
}

// A date counts whole seconds and is some time on its way: less than two seconds are no difference.
std::string S3Client::clock_text() const {
  const std::int64_t offset_ms = clock_offset_ms_ != 0 ? clock_offset_ms_ : seen_offset_ms_;
  if (std::abs(offset_ms) < 2000) return "as this machine's";
  const auto seconds = (offset_ms + (offset_ms < 0 ? -500 : 500)) / 1000;
  return fmt::format("{:+d} s against this machine's{}", seconds,
                     clock_offset_ms_ != 0 ? ": signed by it" : "");
}

std::string S3Client::random_hex() {
  std::array<std::uint8_t, 16> random{};
  services_.entropy->fill(random);
  return base::to_hex(random);
}

Result<Answer> S3Client::send(const S3Request& request, const std::stop_token& stop) {
  CAIRN_TRY(auto schedule, net::RetrySchedule::begin(*budget_, *services_.entropy, host(),
                                                     services_.clock->now_ms()));
  Course course{schedule};
  for (;;) {
    CAIRN_TRY(const auto credentials, services_.credentials->get(stop));
    auto answer = send_once(request, credentials, stop);
    if (!answer.ok()) {
      course.may_have_happened |= request.method != Method::kGet && request.method != Method::kHead;
      CAIRN_TRY(const bool again,
                wait_for_retry(course, {.trouble = net::trouble_of(answer.error())}, stop));
      if (!again) return answer;
      continue;
    }
    answer->may_have_happened = course.may_have_happened;
    if (answer->ok()) {
      budget_->note_success();
      return answer;
    }
    if (credentials) {
      answer->identity = services_.credentials->describe();
      hide_secrets(answer->error, *credentials);
    }
    const Next next = correct(course, request, *answer, credentials, stop);
    if (next == Next::kGiveBack) return answer;
    if (next == Next::kAgainNow) continue;
    const Attempt attempt{answer->http.status, net::Trouble::kNone, answer->error.code,
                          net::retry_after(answer->http)};
    if (net::retry_class(attempt) == net::RetryClass::kNever) budget_->note_success();  // no outage
    course.may_have_happened |= answer->http.status >= 500;
    CAIRN_TRY(const bool again, wait_for_retry(course, attempt, stop));
    if (!again) return answer;
  }
}

// False: that was the last attempt.
Result<bool> S3Client::wait_for_retry(Course& course, const Attempt& attempt,
                                      const std::stop_token& stop) {
  const auto delay = course.schedule.next(attempt, services_.clock->now_ms());
  if (!delay) return false;
  if (!wait(*delay, stop)) return Error(Code::kInterrupted, "interrupted");
  return true;
}

net::Request S3Client::make_request(const S3Request& request, const Credentials* credentials) {
  const std::string region = this->region();
  const BucketAddress address = endpoint_.address(region);
  std::string path = address.path;
  if (request.key.empty() && path.size() > 1) path.pop_back();  // the bucket itself, path style
  path += percent_encode(request.key, Slashes::kKeep);
  Headers headers = request.headers;
  if (!options_.expected_bucket_owner.empty())
    headers.push_back({"x-amz-expected-bucket-owner", options_.expected_bucket_owner});
  if (credentials) {
    const SignedTarget target{std::string(net::method_name(request.method)), address.host, path,
                              request.query};
    sign_headers(*credentials, {region, "s3", now_ms()}, target, headers, request.payload_sha256);
  }
  net::Request out;
  out.method = request.method;
  out.url = address.scheme + address.host + path;
  if (!request.query.empty()) out.url += "?" + canonical_query(request.query);
  out.headers = std::move(headers);
  out.body = request.body;
  out.into = request.into;
  out.into_offset = request.into_offset;
  out.max_body_bytes = request.max_body_bytes;
  out.addresses = options_.addresses;
  return out;
}

Result<Answer> S3Client::send_once(const S3Request& request,
                                   const std::shared_ptr<const Credentials>& credentials,
                                   const std::stop_token& stop) {
  CAIRN_TRY(auto response, services_.http->send(make_request(request, credentials.get()), stop));
  constexpr std::int64_t kHalfASecond = 500;  // the rest of a date, on average
  if (response.date_ms != 0)
    seen_offset_ms_ = response.date_ms + kHalfASecond - services_.clock->now_ms();
  tls_version_ = response.tls_version;
  Answer answer;
  answer.http = std::move(response);
  if (answer.http.status >= 300) answer.error = parse_error_document(answer.http.body_text());
  return answer;
}

// Three things that are put right at most once per request, outside the retry budget.
S3Client::Next S3Client::correct(Course& course, const S3Request& request, const Answer& answer,
                                 const std::shared_ptr<const Credentials>& credentials,
                                 const std::stop_token& stop) {
  if (answer.error.code == "RequestTimeTooSkewed" && !course.clock_corrected) {
    course.clock_corrected = true;
    return correct_clock(answer) ? Next::kAgainNow : Next::kGiveBack;
  }
  if (credentials && refuses_credentials(answer) && !course.credentials_renewed) {
    course.credentials_renewed = true;
    services_.credentials->invalidate(*credentials);
    return Next::kAgainNow;
  }
  if (points_elsewhere(request, answer) && !course.region_corrected) {
    course.region_corrected = true;
    return correct_region(request, answer, stop) ? Next::kAgainNow : Next::kGiveBack;
  }
  return Next::kAgainLater;
}

// Only what a verified server or one on this machine says is believed, and at most a day: with
// another time, requests that somebody on the way has seen could be used again.
bool S3Client::correct_clock(const Answer& answer) {
  constexpr std::int64_t kDayMs = std::int64_t{24} * 3600 * 1000;
  const BucketAddress address = endpoint_.address(region());
  const auto parts = net::parse_http_url(address.scheme + address.host);
  const bool believable =
      answer.http.verified_peer || (parts.ok() && net::is_loopback_host(parts->host));
  if (!believable || answer.http.date_ms == 0) return false;
  const std::int64_t offset = answer.http.date_ms - services_.clock->now_ms();
  if (std::abs(offset) > kDayMs) return false;
  clock_offset_ms_ = offset;
  return true;
}

// The region comes from the other side, so it is checked before it enters a host name; once per
// bucket.
bool S3Client::correct_region(const S3Request& request, const Answer& answer,
                              const std::stop_token& stop) {
  const std::string used = region();
  std::string found = answer.error.region;
  if (const std::string* header = answer.http.header("x-amz-bucket-region")) found = *header;
  if (found.empty() && !request.key.empty()) found = asked_region(stop);
  const std::lock_guard lock(mutex_);
  if (region_discovered_) return region_ != used;  // another thread found it meanwhile
  if (!is_dns_label(found) || found == region_) return false;
  region_ = found;
  region_discovered_ = true;
  return true;
}

// An unsigned HEAD of the bucket names its region even where it is refused.
std::string S3Client::asked_region(const std::stop_token& stop) {
  S3Request head;
  head.method = Method::kHead;
  const auto answer = services_.http->send(make_request(head, nullptr), stop);
  if (!answer.ok()) return {};
  const std::string* header = answer.value().header("x-amz-bucket-region");
  return header ? *header : std::string();
}

}  // namespace cairn::remotes::s3
