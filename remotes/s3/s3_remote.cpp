#include "remotes/s3/s3_remote.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "base/text.hpp"
#include "crypto/sha256.hpp"
#include "net/http.hpp"
#include "net/object_range.hpp"
#include "remotes/s3/listing.hpp"

namespace cairn::remotes::s3 {
namespace {

using net::Method;

// Keys that every store keeps as they are.
Status check_key(const std::string& key) {
  for (const std::string_view part : base::split(key, '/')) {
    if (part.empty() || part == "." || part == ".." || base::has_control_character(part) ||
        key.size() > 900) {
      return Error(Code::kUsage, "`" + base::printable(key) + "` cannot be the key of an object");
    }
  }
  return {};
}

// How a lost answer to a write is told from a lost race.
constexpr const char* kWriteIdHeader = "x-amz-meta-cairn-write-id";

// In hex.
Result<std::string> payload_sha256(ObjectSource& source, const std::stop_token& stop) {
  const std::uint64_t size = source.size_bytes();
  std::vector<std::uint8_t> block(static_cast<std::size_t>(std::min(std::uint64_t{1} << 20, size)));
  crypto::Sha256 hash;
  for (std::uint64_t offset = 0; offset < size; offset += block.size()) {
    if (stop.stop_requested()) return Error(Code::kInterrupted, "interrupted");
    block.resize(static_cast<std::size_t>(std::min<std::uint64_t>(block.size(), size - offset)));
    CAIRN_CHECK(source.read(offset, block));
    hash.update(block);
  }
  return hash.finish().hex();
}

// "bytes 0-99/1000"
struct ContentRange {
  std::uint64_t first = 0, last = 0;
};
std::optional<ContentRange> parse_content_range(std::string_view text) {
  constexpr std::string_view kUnit = "bytes ";
  if (!text.starts_with(kUnit)) return std::nullopt;
  text.remove_prefix(kUnit.size());
  const std::size_t dash = text.find('-');
  const std::size_t slash = text.find('/');
  if (dash == std::string_view::npos || slash == std::string_view::npos || slash < dash)
    return std::nullopt;
  ContentRange range;
  if (!base::parse_u64(text.substr(0, dash), range.first)) return std::nullopt;
  if (!base::parse_u64(text.substr(dash + 1, slash - dash - 1), range.last)) return std::nullopt;
  return range;
}

}  // namespace

Result<std::unique_ptr<Remote>> open_s3(const RemoteConfig& config, const S3Options& options,
                                        const S3Services& services) {
  const auto named = [&](Error error) {
    return std::move(error).with("remote `" + config.name + "`");
  };
  auto url = parse_s3_url(config.url);
  if (!url.ok()) return named(std::move(url).error());
  auto endpoint = Endpoint::make(*url, options);
  if (!endpoint.ok()) return named(std::move(endpoint).error());
  return std::unique_ptr<Remote>(
      std::make_unique<S3Remote>(config, url->prefix, options, *std::move(endpoint), services));
}

S3Remote::S3Remote(RemoteConfig config, std::string prefix, S3Options options, Endpoint endpoint,
                   const S3Services& services)
    : config_(std::move(config)),
      prefix_(std::move(prefix)),
      options_(std::move(options)),
      client_(std::move(endpoint), options_, services),
      condition_refused_(client_.endpoint().quirks().conditional_put == ConditionalPut::kRefused) {}

std::string S3Remote::describe() const {
  std::string where = config_.url;
  if (client_.endpoint().is_custom())
    where += " at " + client_.endpoint().address(client_.region()).host;
  return "remote `" + config_.name + "` (" + where + ")";
}

// What a push or a pull reads itself (roots, leases, indexes, lists of places) must not lie in an
// archive, nor cost the least time that cold classes are billed for.
Headers S3Remote::object_headers(const ObjectSource& source) const {
  Headers headers;
  if (!options_.storage_class.empty() && source.is_bulk())
    headers.push_back({"x-amz-storage-class", options_.storage_class});
  if (!options_.server_side_encryption.empty())
    headers.push_back({"x-amz-server-side-encryption", options_.server_side_encryption});
  if (!options_.kms_key_id.empty())
    headers.push_back({"x-amz-server-side-encryption-aws-kms-key-id", options_.kms_key_id});
  return headers;
}

// Every answer carries the time; what is asked and whether it is allowed does not matter.
Result<std::int64_t> S3Remote::now_ms(std::stop_token stop) {
  S3Request request;
  request.method = Method::kHead;
  CAIRN_TRY(const Answer answer, client_.send(request, stop));
  if (answer.http.date_ms == 0)
    return Error(Code::kNetwork, "the store does not tell its time").slug("bad-answer");
  return answer.http.date_ms;
}

Result<std::optional<ObjectInfo>> S3Remote::stat(const std::string& key, std::stop_token stop) {
  CAIRN_CHECK(check_key(key));
  S3Request request;
  request.method = Method::kHead;
  request.key = prefix_ + key;
  CAIRN_TRY(const Answer answer, client_.send(request, stop));
  if (says_absent(answer)) return std::optional<ObjectInfo>();
  if (!answer.ok()) return error_of(answer, "looking for `" + key + "`");
  ObjectInfo info{key, 0, 0};
  const std::string* length = answer.http.header("content-length");
  const std::string* modified = answer.http.header("last-modified");
  if (!length || !base::parse_u64(*length, info.size_bytes) || !modified ||
      (info.modified_ms = net::parse_http_date(*modified)) == 0) {
    return Error(Code::kNetwork, "the store does not tell size and time of `" + key + "`")
        .slug("bad-answer");
  }
  return std::optional<ObjectInfo>(std::move(info));
}

Result<std::vector<std::uint8_t>> S3Remote::get(const std::string& key, std::size_t max_bytes,
                                                std::stop_token stop) {
  CAIRN_CHECK(check_key(key));
  S3Request request;
  request.key = prefix_ + key;
  request.max_body_bytes = max_bytes;
  CAIRN_TRY(Answer answer, client_.send(request, stop));
  if (!answer.ok()) return error_of(answer, "reading `" + key + "`");
  if (answer.http.truncated) return net::oversized_object(key, max_bytes);
  if (looks_like_html(answer.http.body_text()))
    return web_page("reading `" + key + "`", answer.http.status);
  return std::move(answer.http.body);
}

Status S3Remote::get_range(const std::string& key, std::uint64_t offset,
                           std::span<std::uint8_t> out, std::stop_token stop) {
  CAIRN_CHECK(check_key(key));
  if (!net::can_be_asked(offset, out.size()))
    return net::answer_without_asking(*this, key, offset, out.size(), stop);
  S3Request request;
  request.key = prefix_ + key;
  request.headers = {{"range", net::range_header(offset, out.size())}};
  const std::string version = versions_.of(key);
  if (!version.empty()) request.headers.push_back({"if-match", version});
  request.into = out;
  request.into_offset = offset;
  CAIRN_TRY(const Answer answer, client_.send(request, stop));
  if (!version.empty() && answer.http.status == 412) return replaced_object(key);
  if (answer.http.status == 416) return net::truncated_object(key, offset, out.size());
  if (!answer.ok()) return error_of(answer, "reading `" + key + "`");
  if (const std::string* etag = answer.http.header("etag")) versions_.note(key, *etag);
  return check_range(key, offset, out.size(), answer);
}

// What other ranges of it gave may belong to another object.
Error S3Remote::replaced_object(const std::string& key) {
  versions_.forget(key);
  return Error(Code::kNetwork, "`" + key + "` was replaced on the remote while it was being read")
      .hint("run the command again")
      .slug("object-replaced");
}

// 206 with exactly what was asked, or 200 with the whole object, of which the client took the right
// part.
Status S3Remote::check_range(const std::string& key, std::uint64_t offset, std::size_t size,
                             const Answer& answer) const {
  if (answer.http.status == 206) {
    const std::string* header = answer.http.header("content-range");
    const auto range = header ? parse_content_range(*header) : std::nullopt;
    if (!range || range->first != offset || range->last > offset + size - 1 ||
        answer.http.truncated) {
      return Error(Code::kNetwork,
                   "the store answered another range of `" + key + "` than was asked for")
          .slug("bad-answer");
    }
  } else if (answer.http.status != 200) {
    return error_of(answer, "reading `" + key + "`");
  } else if (const std::string* type = answer.http.header("content-type");
             type && type->starts_with("text/html")) {
    return web_page("reading `" + key + "`", answer.http.status);
  }
  if (answer.http.body_bytes != size) return net::truncated_object(key, offset, size);
  return {};
}

// In one request, whatever the size: nothing is visible before all of it is, and nothing of a
// broken upload stays behind.
Result<PutOutcome> S3Remote::put(const std::string& key, ObjectSource& source,
                                 PutCondition condition, std::stop_token stop) {
  CAIRN_CHECK(check_key(key));
  versions_.forget(key);
  if (condition == PutCondition::kIfAbsent && !sends_conditions()) {
    CAIRN_TRY(const auto info, stat(key, stop));
    if (info) return PutOutcome::kAlreadyThere;
  }
  const bool conditional = condition == PutCondition::kIfAbsent && sends_conditions();
  const std::string write_id = conditional ? client_.random_hex() : std::string();
  S3Request request;
  request.method = Method::kPut;
  request.key = prefix_ + key;
  request.headers = object_headers(source);
  if (conditional) {
    request.headers.push_back({"if-none-match", "*"});
    request.headers.push_back({kWriteIdHeader, write_id});
  }
  request.body = &source;
  CAIRN_TRY(request.payload_sha256, payload_sha256(source, stop));
  CAIRN_TRY(const Answer answer, client_.send(request, stop));
  if (answer.ok()) return confirm_stored(key, source.size_bytes(), answer, stop);
  if (conditional && (answer.http.status == 412 || answer.http.status == 409))
    return outcome_of_conflict(key, write_id, answer, stop);
  if (conditional && (answer.http.status == 501 || answer.error.code == "NotImplemented")) {
    condition_refused_ = true;
    return put(key, source, condition, stop);
  }
  return error_of(answer, "writing `" + key + "`");
}

// A proxy or a login page also answers 200. A store gives an ETag; whoever does not is asked
// whether the object is there.
Result<PutOutcome> S3Remote::confirm_stored(const std::string& key, std::uint64_t size_bytes,
                                            const Answer& answer, const std::stop_token& stop) {
  const std::string doing = "writing `" + key + "`";
  const std::string_view body = answer.http.body_text();
  if (looks_like_html(body)) return web_page(doing, answer.http.status);
  if (answer.http.header("etag") && parse_error_document(body).code.empty())
    return PutOutcome::kStored;
  CAIRN_TRY(const auto info, stat(key, stop));
  if (info && info->size_bytes == size_bytes) return PutOutcome::kStored;
  return Error(Code::kNetwork,
               fmt::format("{}: answered as done (status {}), but the object is not there", doing,
                           answer.http.status))
      .slug("bad-answer");
}

// Our own first attempt may have won: its answer was lost, and the second attempt met it.
Result<PutOutcome> S3Remote::outcome_of_conflict(const std::string& key,
                                                 const std::string& write_id, const Answer& answer,
                                                 const std::stop_token& stop) {
  if (answer.may_have_happened || answer.http.status == 409) {
    CAIRN_TRY(const bool ours, was_written_by(key, write_id, stop));
    if (ours) return PutOutcome::kStored;
  }
  if (answer.http.status == 412) return PutOutcome::kAlreadyThere;
  return error_of(answer, "writing `" + key + "`");
}

Result<bool> S3Remote::was_written_by(const std::string& key, const std::string& write_id,
                                      const std::stop_token& stop) {
  S3Request request;
  request.method = Method::kHead;
  request.key = prefix_ + key;
  CAIRN_TRY(const Answer answer, client_.send(request, stop));
  if (says_absent(answer)) return false;
  if (!answer.ok()) return error_of(answer, "looking whether `" + key + "` was written");
  const std::string* found = answer.http.header(kWriteIdHeader);
  return found && *found == write_id;
}

// Keys of others in the same prefix are none of ours and may hold anything: they are passed over.
Status S3Remote::list(const std::string& prefix,
                      const std::function<Status(const ObjectInfo&)>& visit, std::stop_token stop) {
  const std::string full = prefix_ + prefix;
  const auto visit_ours = [&](const ObjectInfo& info) -> Status {
    if (!info.key.starts_with(full))
      return Error(Code::kNetwork, "the store lists keys that nobody asked for").slug("bad-answer");
    ObjectInfo ours = info;
    ours.key.erase(0, prefix_.size());
    if (!check_key(ours.key).ok()) return {};
    return visit(ours);
  };
  return list_keys(client_, full, visit_ours, stop);
}

Status S3Remote::remove(const std::string& key, std::stop_token stop) {
  CAIRN_CHECK(check_key(key));
  versions_.forget(key);
  S3Request request;
  request.method = Method::kDelete;
  request.key = prefix_ + key;
  CAIRN_TRY(const Answer answer, client_.send(request, stop));
  if (answer.ok() || says_absent(answer)) return {};
  return error_of(answer, "removing `" + key + "`");
}

}  // namespace cairn::remotes::s3
