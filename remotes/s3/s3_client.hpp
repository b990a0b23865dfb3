// Requests to one bucket: signed, sent, sent again when that can help. Knows region, clock and
// credentials; nothing of what the objects mean. Thread-safe.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <stop_token>
#include <string>

#include "net/retry_policy.hpp"
#include "remotes/s3/options.hpp"
#include "remotes/s3/s3_error.hpp"
#include "remotes/s3/sigv4.hpp"
#include "remotes/s3/url.hpp"

namespace cairn::remotes::s3 {

struct S3Request {
  net::Method method = net::Method::kGet;
  std::string key;  // with the remote's prefix, unencoded; empty: the bucket itself
  NameValues query;
  Headers headers;
  ObjectSource* body = nullptr;
  std::string payload_sha256 = std::string(kEmptySha256);  // of the body, hex
  std::span<std::uint8_t> into;                            // as in net::Request
  std::uint64_t into_offset = 0;
  std::size_t max_body_bytes = std::size_t{8} << 20;
};

class S3Client {
 public:
  S3Client(Endpoint endpoint, S3Options options, S3Services services);

  // The last answer, of whatever status: error_of() says what a bad one means. Errors are those of
  // the transport, after retries, of the credentials, and kInterrupted.
  Result<Answer> send(const S3Request& request, const std::stop_token& stop);

  [[nodiscard]] const Endpoint& endpoint() const { return endpoint_; }
  [[nodiscard]] std::string region() const;
  [[nodiscard]] std::vector<RemoteFact> facts() const;
  std::string random_hex();

  // Of listings: by the provider's row, until the store refused that.
  [[nodiscard]] ListVersion list_version() const { return list_version_; }
  void note_list_version(ListVersion version) { list_version_ = version; }

  // How retries wait; false when stop was requested meanwhile. Tests replace it.
  std::function<bool(std::chrono::milliseconds, const std::stop_token&)> wait;

 private:
  // What one request has already tried.
  struct Course {
    net::RetrySchedule schedule;
    bool clock_corrected = false;
    bool credentials_renewed = false;
    bool region_corrected = false;
    bool may_have_happened = false;
  };
  enum class Next { kGiveBack, kAgainNow, kAgainLater };

  Result<Answer> send_once(const S3Request& request,
                           const std::shared_ptr<const Credentials>& credentials,
                           const std::stop_token& stop);
  net::Request make_request(const S3Request& request, const Credentials* credentials);
  Next correct(Course& course, const S3Request& request, const Answer& answer,
               const std::shared_ptr<const Credentials>& credentials, const std::stop_token& stop);
  Result<bool> wait_for_retry(Course& course, const net::Attempt& attempt,
                              const std::stop_token& stop);
  [[nodiscard]] std::string clock_text() const;
  bool correct_clock(const Answer& answer);
  bool correct_region(const S3Request& request, const Answer& answer, const std::stop_token& stop);
  std::string asked_region(const std::stop_token& stop);
  [[nodiscard]] std::string host() const { return endpoint_.address(region()).host; }
  [[nodiscard]] std::int64_t now_ms() const { return services_.clock->now_ms() + clock_offset_ms_; }

  const Endpoint endpoint_;
  const S3Options options_;
  const S3Services services_;
  const std::shared_ptr<net::RetryBudget> budget_;  // of the host
  std::atomic<std::int64_t> clock_offset_ms_ = 0;   // that requests are signed with
  std::atomic<std::uint16_t> tls_version_ = 0;      // of the last answer
  std::atomic<std::int64_t> seen_offset_ms_ = 0;    // of the last answer, believed or not
  std::atomic<ListVersion> list_version_;
  mutable std::mutex mutex_;
  std::string region_;
  bool region_discovered_ = false;
};

}  // namespace cairn::remotes::s3
