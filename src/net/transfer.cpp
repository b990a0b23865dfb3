#include "net/transfer.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cstring>
#include <string_view>

#include <sys/ioctl.h>
#include <unistd.h>

#include "base/text.hpp"
#include "base/version.hpp"
#include "net/address.hpp"
#include "net/tls_version.hpp"
#include "net/url_parts.hpp"

#ifdef __linux__
#include <linux/sockios.h>
#endif

namespace cairn::net {
namespace {

constexpr std::size_t kMaxHeaderBytes = std::size_t{64} << 10;
constexpr std::size_t kMaxErrorBodyBytes = std::size_t{256} << 10;
constexpr std::uint64_t kLeastBytesPerSecond = 1024;

// libcurl makes this buffer anew for each exchange, so it is large only where much is sure to come.
long receive_buffer_bytes(const Request& request) {
  constexpr std::size_t kLarge = std::size_t{256} << 10;
  return request.into.size() >= kLarge ? static_cast<long>(kLarge) : 32L << 10;
}

Transfer& transfer_of(void* self) { return *static_cast<Transfer*>(self); }

// Bytes that our side has written and the peer has not acknowledged.
std::uint64_t unacknowledged_bytes([[maybe_unused]] CURL* easy) {
#ifdef __linux__
  curl_socket_t fd = CURL_SOCKET_BAD;
  int count = 0;
  if (curl().easy_getinfo(easy, CURLINFO_ACTIVESOCKET, &fd) == CURLE_OK && fd != CURL_SOCKET_BAD &&
      ::ioctl(fd, SIOCOUTQ, &count) == 0) {
    return static_cast<std::uint64_t>(count);
  }
#endif
  return 0;
}

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) {
           return (x >= 'A' && x <= 'Z' ? x + 32 : x) == (y >= 'A' && y <= 'Z' ? y + 32 : y);
         });
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r' ||
                           text.back() == '\n')) {
    text.remove_suffix(1);
  }
  return text;
}

Trouble trouble_of_code(CURLcode code) {
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
      return Trouble::kNameLookup;
    case CURLE_COULDNT_CONNECT:
    case CURLE_PROXY:
    case CURLE_INTERFACE_FAILED:
      return Trouble::kConnect;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CIPHER:
      return Trouble::kTls;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
      return Trouble::kCertificate;
    case CURLE_OPERATION_TIMEDOUT:
      return Trouble::kTooSlow;
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_BAD_CONTENT_ENCODING:
      return Trouble::kBadAnswer;
    default:
      return Trouble::kLost;
  }
}

}  // namespace

// A proxy has no business with this machine's own services, nor with those that hand out a cloud
// machine's credentials.
bool Transfer::goes_by_proxy() const {
  if (options_.proxy.empty() || request_.addresses == AddressPolicy::kMetadata) return false;
  const auto parts = parse_http_url(request_.url);
  return parts.ok() && !is_loopback_host(parts.value().host);
}

std::string Transfer::host() const { return authority_of(request_.url); }

Status Transfer::start(CURLSH* share) {
  easy_.reset(curl().easy_init());
  if (!easy_) return Error(Code::kInternal, "curl_easy_init failed");
  set_basics(share);
  set_security();
  set_method();
  CAIRN_CHECK(set_headers());
  window_start_ = last_change_ = std::chrono::steady_clock::now();
  return {};
}

void Transfer::set_basics(CURLSH* share) {
  CURL* easy = easy_.get();
  const std::string agent = options_.user_agent.empty()
                                ? std::string(base::kProgram) + "/" + base::program_version()
                                : options_.user_agent;
  curl().easy_setopt(easy, CURLOPT_PRIVATE, this);
  curl().easy_setopt(easy, CURLOPT_SHARE, share);
  curl().easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl().easy_setopt(easy, CURLOPT_ERRORBUFFER, curl_says_);
  curl().easy_setopt(easy, CURLOPT_URL, request_.url.c_str());
  curl().easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
  curl().easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  curl().easy_setopt(easy, CURLOPT_USERAGENT, agent.c_str());
  curl().easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
  curl().easy_setopt(easy, CURLOPT_DNS_SHUFFLE_ADDRESSES, 1L);
  curl().easy_setopt(easy, CURLOPT_MAXAGE_CONN, 4L);  // S3 closes idle connections after about 5 s
  curl().easy_setopt(easy, CURLOPT_BUFFERSIZE, receive_buffer_bytes(request_));
  curl().easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, 256L << 10);
  curl().easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
                     static_cast<long>(request_.timeouts.connect.count()));
  curl().easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(request_.timeouts.total.count()));
  curl().easy_setopt(easy, CURLOPT_HEADERFUNCTION, &on_header);
  curl().easy_setopt(easy, CURLOPT_HEADERDATA, this);
  curl().easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  curl().easy_setopt(easy, CURLOPT_WRITEFUNCTION, &on_body);
  curl().easy_setopt(easy, CURLOPT_WRITEDATA, this);
}

// Explicit where libcurl would ask the environment or a file of the user.
void Transfer::set_security() {
  CURL* easy = easy_.get();
  curl().easy_setopt(easy, CURLOPT_PROXY, goes_by_proxy() ? options_.proxy.c_str() : "");
  curl().easy_setopt(easy, CURLOPT_NOPROXY, options_.no_proxy.c_str());
  curl().easy_setopt(easy, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  curl().easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  curl().easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl().easy_setopt(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  curl().easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
  curl().easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
  if (!options_.ca_file.empty()) {
    curl().easy_setopt(easy, CURLOPT_CAINFO, options_.ca_file.c_str());
    curl().easy_setopt(easy, CURLOPT_CAPATH, nullptr);
    curl().easy_setopt(easy, CURLOPT_PROXY_CAINFO, options_.ca_file.c_str());
  }
  curl().easy_setopt(easy, CURLOPT_PREREQFUNCTION, &on_connected);
  curl().easy_setopt(easy, CURLOPT_PREREQDATA, this);
}

void Transfer::set_method() {
  CURL* easy = easy_.get();
  const auto size = static_cast<curl_off_t>(feed.size_bytes());
  switch (request_.method) {
    case Method::kGet:
      curl().easy_setopt(easy, CURLOPT_HTTPGET, 1L);
      return;
    case Method::kHead:
      curl().easy_setopt(easy, CURLOPT_NOBODY, 1L);
      return;
    case Method::kDelete:
      curl().easy_setopt(easy, CURLOPT_CUSTOMREQUEST, "DELETE");
      return;
    case Method::kPut:
      curl().easy_setopt(easy, CURLOPT_UPLOAD, 1L);
      curl().easy_setopt(easy, CURLOPT_INFILESIZE_LARGE, size);
      break;
    case Method::kPost:
      curl().easy_setopt(easy, CURLOPT_POST, 1L);
      curl().easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, size);
      if (size == 0) curl().easy_setopt(easy, CURLOPT_POSTFIELDS, "");
      break;
  }
  curl().easy_setopt(easy, CURLOPT_READFUNCTION, &on_read);
  curl().easy_setopt(easy, CURLOPT_READDATA, this);
  curl().easy_setopt(easy, CURLOPT_SEEKFUNCTION,
                     &on_seek);  // curl sends again when a kept connection turns out dead
  curl().easy_setopt(easy, CURLOPT_SEEKDATA, this);
}

Status Transfer::set_headers() {
  const auto append = [&](const std::string& line) {
    curl_slist* longer = curl().slist_append(headers_.get(), line.c_str());
    if (!longer) return false;
    (void)headers_.release();
    headers_.reset(longer);
    return true;
  };
  bool good = append("Expect:");
  bool has_type = false;
  for (const HeaderField& field : request_.headers) {
    has_type |= equals_ignoring_case(field.name, "content-type");
    good = good && append(field.value.empty() ? field.name + ";" : field.name + ": " + field.value);
  }
  if (!has_type) good = good && append("Content-Type:");
  if (!good) return Error(Code::kInternal, "no memory for the headers of a request");
  curl().easy_setopt(easy_.get(), CURLOPT_HTTPHEADER, headers_.get());
  return {};
}

std::size_t Transfer::on_read(char* out, std::size_t size, std::size_t count, void* self) {
  Transfer& transfer = transfer_of(self);
  const std::lock_guard lock(transfer.mutex);
  if (transfer.feed.failure()) return CURL_READFUNC_ABORT;
  const auto taken = transfer.feed.take({out, size * count});
  if (!taken) {
    transfer.paused = true;
    return CURL_READFUNC_PAUSE;
  }
  transfer.changed.notify_all();
  return *taken;
}

int Transfer::on_seek(void* self, curl_off_t offset, int origin) {
  Transfer& transfer = transfer_of(self);
  if (origin != SEEK_SET || offset < 0) return CURL_SEEKFUNC_CANTSEEK;
  const std::lock_guard lock(transfer.mutex);
  if (!transfer.feed.rewind(static_cast<std::uint64_t>(offset))) return CURL_SEEKFUNC_FAIL;
  transfer.changed.notify_all();
  return CURL_SEEKFUNC_OK;
}

std::size_t Transfer::on_header(char* line, std::size_t size, std::size_t count, void* self) {
  const std::size_t bytes = size * count;
  return transfer_of(self).take_header({line, bytes}) ? bytes : 0;
}

std::size_t Transfer::on_body(char* bytes, std::size_t size, std::size_t count, void* self) {
  const std::size_t length = size * count;
  const bool go_on =
      transfer_of(self).take_body({reinterpret_cast<const std::uint8_t*>(bytes), length});
  return go_on ? length : (length == 0 ? 1 : 0);
}

// Called once connected (and again for a kept connection), before anything is sent: names cannot be
// bound anew after it.
int Transfer::on_connected(void* self, char* peer, char*, int, int) {
  Transfer& transfer = transfer_of(self);
  const Request& request = transfer.request_;
  const AddressKind kind = address_kind(peer);
  const bool by_proxy = transfer.goes_by_proxy();  // the user's choice, wherever it is
  const AddressPolicy policy = by_proxy ? AddressPolicy::kStore : request.addresses;
  const bool plain = !by_proxy && is_plain_http(request.url) &&
                     transfer.options_.plain_http == PlainHttp::kLoopbackOnly &&
                     request.addresses != AddressPolicy::kMetadata;
  transfer.connected_ = true;
  transfer.last_change_ = transfer.window_start_ = std::chrono::steady_clock::now();
  if (is_allowed(kind, policy) && (!plain || kind == AddressKind::kLoopback))
    return CURL_PREREQFUNC_OK;
  transfer.refusal_ =
      Error(Code::kUntrusted, fmt::format("{} leads to {}, an address that a store may not have",
                                          transfer.host(), peer))
          .hint(kAddressHint)
          .slug("address-refused");
  return CURL_PREREQFUNC_ABORT;
}

bool Transfer::refuse(Trouble trouble, std::string why) {
  refusal_ = trouble_error(trouble, host() + ": " + std::move(why));
  return false;
}

bool Transfer::take_header(std::string_view line) {
  if (body_started_) return true;  // trailers say nothing that we want to know
  header_bytes_ += line.size();
  if (header_bytes_ > kMaxHeaderBytes)
    return refuse(Trouble::kBadAnswer, "the answer's headers do not end");
  if (line.starts_with("HTTP/")) {  // also after an interim answer (100)
    response_.headers.clear();
    return true;
  }
  line = trimmed(line);
  if (line.empty()) {
    long status = 0;
    curl().easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
    headers_done_ = status >= 200;
    response_.status = static_cast<int>(status);
    response_.tls_version = tls_version_of(easy_.get());
    last_change_ = window_start_ = std::chrono::steady_clock::now();
    return true;
  }
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return true;
  response_.headers.push_back({base::lower_ascii(trimmed(line.substr(0, colon))),
                               std::string(trimmed(line.substr(colon + 1)))});
  return true;
}

bool Transfer::take_body(std::span<const std::uint8_t> bytes) {
  const bool good = response_.status >= 200 && response_.status < 300;
  if (!body_started_) {
    body_started_ = true;
    const std::string* encoding = response_.header("content-encoding");
    if (good && encoding && !equals_ignoring_case(*encoding, "identity")) {
      return refuse(Trouble::kBadAnswer, "the answer is encoded as " +
                                             base::printable(encoding->substr(0, 40)) +
                                             ", which nobody asked for");
    }
  }
  received_ += bytes.size();
  if (!request_.into.empty() && (response_.status == 206 || response_.status == 200))
    return take_into(bytes);
  return take_buffered(bytes);
}

// Of a whole object (200) the part that was asked for; of a range (206) all of it, and not a byte
// more.
bool Transfer::take_into(std::span<const std::uint8_t> bytes) {
  if (response_.status == 200) {
    const std::uint64_t before = received_ - bytes.size();
    const std::uint64_t skip = request_.into_offset > before ? request_.into_offset - before : 0;
    bytes = bytes.subspan(static_cast<std::size_t>(std::min<std::uint64_t>(skip, bytes.size())));
  }
  const std::size_t count = std::min(bytes.size(), request_.into.size() - response_.body_bytes);
  std::memcpy(request_.into.data() + response_.body_bytes, bytes.data(), count);
  response_.body_bytes += count;
  if (count == bytes.size()) return true;
  response_.truncated = enough_ = true;
  return false;
}

bool Transfer::take_buffered(std::span<const std::uint8_t> bytes) {
  const bool good = response_.status >= 200 && response_.status < 300;
  const std::size_t most = good ? request_.max_body_bytes : kMaxErrorBodyBytes;
  const std::size_t count = std::min(bytes.size(), most - response_.body.size());
  response_.body.insert(response_.body.end(), bytes.begin(),
                        bytes.begin() + static_cast<std::ptrdiff_t>(count));
  response_.body_bytes = response_.body.size();
  if (count == bytes.size()) return true;
  response_.truncated = enough_ = true;
  return false;
}

Error Transfer::error_of(CURLcode code) const {
  const std::string words = curl_says_[0] ? curl_says_ : curl().easy_strerror(code);
  Trouble trouble = trouble_of_code(code);
  if (code == CURLE_OPERATION_TIMEDOUT && !connected_) trouble = Trouble::kConnect;
  if (trouble == Trouble::kBadAnswer && reused_)
    trouble = Trouble::kLost;  // bytes left over from the answer before
  return trouble_error(trouble, host() + ": " + base::printable(words.substr(0, 200)));
}

// The handle goes here, on the loop's thread: it shares TLS sessions with the others.
void Transfer::finish(CURLcode code) {
  long connections = 1;
  curl().easy_getinfo(easy_.get(), CURLINFO_NUM_CONNECTS, &connections);
  reused_ = connections == 0;
  easy_.reset();
  const std::lock_guard lock(mutex);
  if (feed.failure()) {
    result = std::move(*feed.failure());
  } else if (refusal_) {
    result = std::move(*refusal_);
  } else if (code != CURLE_OK && !enough_) {
    result = error_of(code);
  } else {
    if (const std::string* date = response_.header("date"))
      response_.date_ms = parse_http_date(*date);
    response_.verified_peer = !is_plain_http(request_.url);
    result = std::move(response_);
  }
  changed.notify_all();
}

void Transfer::fail(Error error) {
  easy_.reset();
  const std::lock_guard lock(mutex);
  result = std::move(error);
  changed.notify_all();
}

void Transfer::resume() { curl().easy_pause(easy_.get(), CURLPAUSE_CONT); }

std::optional<Error> Transfer::overdue(SteadyTime now) {
  if (!connected_) return std::nullopt;  // curl watches over connecting
  curl_off_t sent = 0;
  curl().easy_getinfo(easy_.get(), CURLINFO_SIZE_UPLOAD_T, &sent);
  const auto written = static_cast<std::uint64_t>(std::max<curl_off_t>(sent, 0));
  const std::uint64_t waiting = written == 0 ? 0 : unacknowledged_bytes(easy_.get());
  const std::uint64_t uploaded = written - std::min(written, waiting);
  const std::uint64_t progress = uploaded + received_;
  if (uploaded != last_uploaded_) last_change_ = now;  // headers that trickle in are no progress
  last_uploaded_ = uploaded;
  {
    const std::lock_guard lock(mutex);
    if (paused) window_start_ = last_change_ = now;  // our own source is slow, not the peer
  }
  const bool waits = !headers_done_ && uploaded >= feed.size_bytes();
  if (waits) {
    window_start_ = now;
    window_progress_ = progress;
    if (now - last_change_ <= request_.timeouts.first_byte) return std::nullopt;
    return trouble_error(Trouble::kTooSlow, host() + ": no answer in time");
  }
  if (now - window_start_ < request_.timeouts.stall) return std::nullopt;
  const auto stall_ms = static_cast<std::uint64_t>(request_.timeouts.stall.count());
  if (progress - std::min(progress, window_progress_) <
      std::max<std::uint64_t>(1, kLeastBytesPerSecond * stall_ms / 1000)) {
    return trouble_error(Trouble::kTooSlow, host() + ": the transfer stands still");
  }
  window_start_ = now;
  window_progress_ = progress;
  return std::nullopt;
}

}  // namespace cairn::net
