#include "remotes/http/http_remote.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "base/text.hpp"
#include "net/object_range.hpp"
#include "net/url_parts.hpp"
#include "remotes/http/redirect.hpp"

namespace cairn::remotes {
namespace {

using net::Method;

constexpr int kMostRedirects = 5;

Error bad_answer(const std::string& why) { return Error(Code::kNetwork, why).slug("bad-answer"); }

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}
bool is_absent(int status) { return status == 404 || status == 410; }

// Objects are never pages; a server that answers one for everything says nothing about what it has.
bool is_page(const net::Response& response) {
  const std::string* type = response.header("content-type");
  return response.status < 300 && type && type->starts_with("text/html");
}

// All that cairn's keys are made of; anything else would have to be encoded, and servers differ in
// that.
bool is_key_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_' || c == '.';
}

// "bytes FIRST-…"
bool starts_at(std::string_view content_range, std::uint64_t offset) {
  return content_range.starts_with(fmt::format("bytes {}-", offset));
}

}  // namespace

Result<std::unique_ptr<Remote>> HttpRemote::open(const RemoteConfig& config,
                                                 HttpServices services) {
  const auto parts = net::parse_http_url(config.url);
  if (!parts.ok()) return Error(parts.error()).with("remote `" + config.name + "`");
  if (config.url.find('?') != std::string::npos) {
    return Error(Code::kUsage,
                 "remote `" + config.name + "`: the URL of a read-only remote has no `?`")
        .slug("bad-url");
  }
  std::string base = config.url;
  if (!base.ends_with('/')) base += '/';
  return std::unique_ptr<Remote>(
      std::make_unique<HttpRemote>(config, std::move(base), std::move(services)));
}

HttpRemote::HttpRemote(RemoteConfig config, std::string base, HttpServices services)
    : wait(net::wait_for_retry),
      config_(std::move(config)),
      base_(std::move(base)),
      services_(std::move(services)),
      budget_(services_.budgets->of(net::authority_of(base_))) {}

std::string HttpRemote::describe() const {
  return "remote `" + config_.name + "` (" + config_.url + ")";
}

Result<std::string> HttpRemote::url_of(const std::string& key) const {
  for (const std::string_view part : base::split(key, '/')) {
    if (part.empty() || part == "." || part == ".." ||
        !std::all_of(part.begin(), part.end(), is_key_char)) {
      return Error(Code::kUsage, "`" + base::printable(key) + "` cannot be the key of an object");
    }
  }
  return base_ + key;
}

std::vector<RemoteFact> HttpRemote::facts() const {
  return {{"address", base_},
          {"TLS", base_.starts_with("https:") ? net::describe_tls(tls_version_)
                                              : "none: anybody on the way can read"}};
}

Error HttpRemote::refuse_write(const std::string& doing) const {
  return Error(Code::kPermission, doing + ": " + describe() + " can only be read")
      .hint("push to the directory or bucket that the web server hands out")
      .slug("read-only-remote");
}

Error HttpRemote::error_of(const net::Response& response, const std::string& key) const {
  const int status = response.status;
  const std::string what =
      fmt::format("reading `{}`: {} answers {}", key, net::authority_of(base_), status);
  if (is_absent(status)) return Error(Code::kNotFound, "there is no object `" + key + "`");
  if (status == 401 || status == 403 || status == 407)
    return Error(Code::kUnauthenticated, what).slug("web-server-refused");
  if (is_page(response)) return bad_answer(what + " with a web page");
  return Error(Code::kNetwork, what)
      .slug(status == 429 || status >= 500 ? "store-busy" : "bad-answer");
}

Result<net::Response> HttpRemote::ask_once(net::Request request, const std::stop_token& stop) {
  for (int hops = 0;; ++hops) {
    CAIRN_TRY(auto response, services_.http->send(request, stop));
    tls_version_ = response.tls_version;
    const std::string* location =
        is_redirect(response.status) ? response.header("location") : nullptr;
    if (!location) return response;
    if (hops == kMostRedirects)
      return bad_answer(net::authority_of(base_) + " redirects again and again");
    CAIRN_TRY(request.url, redirect_target(request.url, *location));
  }
}

Result<net::Response> HttpRemote::ask(const net::Request& request, const std::stop_token& stop) {
  CAIRN_TRY(auto schedule,
            net::RetrySchedule::begin(*budget_, *services_.entropy, net::authority_of(base_),
                                      services_.clock->now_ms()));
  for (;;) {
    auto response = ask_once(request, stop);
    net::Attempt attempt;
    if (response.ok()) {
      attempt.status = response->status;
      attempt.retry_after = net::retry_after(*response);
    } else {
      attempt.trouble = net::trouble_of(response.error());
    }
    if (response.ok() && net::retry_class(attempt) == net::RetryClass::kNever) {
      budget_->note_success();
      return response;
    }
    const auto delay = schedule.next(attempt, services_.clock->now_ms());
    if (!delay) return response;
    if (!wait(*delay, stop)) return Error(Code::kInterrupted, "interrupted");
  }
}

Result<std::int64_t> HttpRemote::now_ms(std::stop_token stop) {
  net::Request request;
  request.method = Method::kHead;
  request.url = base_ + "cairn.json";
  CAIRN_TRY(const auto response, ask(request, stop));
  if (response.date_ms == 0)
    return bad_answer(net::authority_of(base_) + " does not tell its time");
  return response.date_ms;
}

Result<std::optional<ObjectInfo>> HttpRemote::stat(const std::string& key, std::stop_token stop) {
  net::Request request;
  request.method = Method::kHead;
  CAIRN_TRY(request.url, url_of(key));
  CAIRN_TRY(const auto response, ask(request, stop));
  if (is_absent(response.status)) return std::optional<ObjectInfo>();
  if (response.status != 200 || is_page(response)) return error_of(response, key);
  ObjectInfo info{key, 0, 0};
  const std::string* length = response.header("content-length");
  if (!length || !base::parse_u64(*length, info.size_bytes))
    return bad_answer("the server does not tell the size of `" + key + "`");
  if (const std::string* modified = response.header("last-modified"))
    info.modified_ms = net::parse_http_date(*modified);
  return std::optional<ObjectInfo>(std::move(info));
}

Result<std::vector<std::uint8_t>> HttpRemote::get(const std::string& key, std::size_t max_bytes,
                                                  std::stop_token stop) {
  net::Request request;
  CAIRN_TRY(request.url, url_of(key));
  request.max_body_bytes = max_bytes;
  CAIRN_TRY(auto response, ask(request, stop));
  if (response.status != 200 || is_page(response)) return error_of(response, key);
  if (response.truncated) return net::oversized_object(key, max_bytes);
  return std::move(response.body);
}

// No If-Match here: the machines behind one name of a CDN may disagree in ETags; what is read is
// checked against its digest.
Status HttpRemote::get_range(const std::string& key, std::uint64_t offset,
                             std::span<std::uint8_t> out, std::stop_token stop) {
  if (!net::can_be_asked(offset, out.size()))
    return net::answer_without_asking(*this, key, offset, out.size(), stop);
  net::Request request;
  CAIRN_TRY(request.url, url_of(key));
  request.headers = {{"range", net::range_header(offset, out.size())}};
  request.into = out;
  request.into_offset = offset;
  CAIRN_TRY(const auto response, ask(request, stop));
  if (response.status == 416) return net::truncated_object(key, offset, out.size());
  if ((response.status != 200 && response.status != 206) || is_page(response))
    return error_of(response, key);
  if (response.status == 206) {
    const std::string* range = response.header("content-range");
    if (!range || !starts_at(*range, offset) || response.truncated) {
      return bad_answer("the server answered another range of `" + key + "` than was asked for");
    }
  }
  if (response.body_bytes != out.size()) return net::truncated_object(key, offset, out.size());
  return {};
}

Result<PutOutcome> HttpRemote::put(const std::string& key, ObjectSource&, PutCondition,
                                   std::stop_token) {
  return refuse_write("writing `" + key + "`");
}

Status HttpRemote::list(const std::string& prefix, const std::function<Status(const ObjectInfo&)>&,
                        std::stop_token) {
  return refuse_write("listing `" + prefix + "`");
}

Status HttpRemote::remove(const std::string& key, std::stop_token) {
  return refuse_write("removing `" + key + "`");
}

}  // namespace cairn::remotes
