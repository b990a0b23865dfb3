// HttpRemote: a remote that a web server or a CDN hands out, read-only: the layout of a directory
// remote below a URL. Needs GET and HEAD of plain files; there is no listing, and readers need
// none. cairn-remote(7).
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>

#include "cairn/context.hpp"
#include "cairn/remote.hpp"
#include "net/http_client.hpp"
#include "net/retry_policy.hpp"

namespace cairn::remotes {

struct HttpServices {
  std::shared_ptr<net::HttpClient> http;
  std::shared_ptr<Clock> clock;
  std::shared_ptr<Entropy> entropy;
  std::shared_ptr<net::RetryBudgets> budgets = std::make_shared<net::RetryBudgets>();
};

class HttpRemote final : public Remote {
 public:
  // kUsage for anything but http(s)://host[:port][/path]. Asks nothing of the network.
  static Result<std::unique_ptr<Remote>> open(const RemoteConfig& config, HttpServices services);
  HttpRemote(RemoteConfig config, std::string base, HttpServices services);

  [[nodiscard]] std::string describe() const override;
  [[nodiscard]] unsigned requests_at_once() const override { return 16; }
  [[nodiscard]] bool read_only() const override { return true; }
  [[nodiscard]] std::vector<RemoteFact> facts() const override;
  Result<std::int64_t> now_ms(std::stop_token stop) override;
  Result<std::optional<ObjectInfo>> stat(const std::string& key, std::stop_token stop) override;
  Result<std::vector<std::uint8_t>> get(const std::string& key, std::size_t max_bytes,
                                        std::stop_token stop) override;
  Status get_range(const std::string& key, std::uint64_t offset, std::span<std::uint8_t> out,
                   std::stop_token stop) override;
  // Errors: kPermission, read-only-remote.
  Result<PutOutcome> put(const std::string& key, ObjectSource& source, PutCondition condition,
                         std::stop_token stop) override;
  Status list(const std::string& prefix, const std::function<Status(const ObjectInfo&)>& visit,
              std::stop_token stop) override;
  Status remove(const std::string& key, std::stop_token stop) override;

  // How retries wait; false when stop was requested meanwhile. Tests replace it.
  std::function<bool(std::chrono::milliseconds, const std::stop_token&)> wait;

 private:
  Result<std::string> url_of(const std::string& key) const;
  // The answer of the last place that redirects lead to, after retries.
  Result<net::Response> ask(const net::Request& request, const std::stop_token& stop);
  Result<net::Response> ask_once(net::Request request, const std::stop_token& stop);
  [[nodiscard]] Error refuse_write(const std::string& doing) const;
  [[nodiscard]] Error error_of(const net::Response& response, const std::string& key) const;

  const RemoteConfig config_;
  const std::string base_;  // ends in '/'
  const HttpServices services_;
  const std::shared_ptr<net::RetryBudget> budget_;  // of the host
  std::atomic<std::uint16_t> tls_version_ = 0;      // of the last answer
};

}  // namespace cairn::remotes
