// HttpClient: HTTP/1.1 over libcurl for stores, credential services and read-only web servers.
// One thread of its own runs all transfers; any number of threads call send() and block. One
// attempt per call: retries belong to the caller (retry_policy.hpp), because a request must be
// signed anew. Redirects are never followed, the environment is never read, and libcurl is
// initialised when the first client is made, not before.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>

#include "cairn/result.hpp"
#include "net/concurrency_limit.hpp"
#include "net/http.hpp"
#include "net/trace.hpp"

namespace cairn::net {

class TransferLoop;

enum class PlainHttp { kLoopbackOnly, kAllowed };

struct ClientOptions {
  std::string user_agent;  // empty: "cairn/VERSION"
  std::string proxy;       // "http://host:port"; empty: none
  std::string no_proxy;    // as in NO_PROXY: "localhost,.example.org"
  std::string ca_file;     // PEM bundle instead of the system's; empty: the system's
  PlainHttp plain_http = PlainHttp::kLoopbackOnly;
  std::size_t first_connections =
      8;  // at once, to begin with; grows while answers are good, shrinks on 429 and 503
  std::size_t max_connections = 64;
  TraceSink* trace = nullptr;  // not owned; called from any thread
};

class HttpClient {
 public:
  explicit HttpClient(ClientOptions options);
  ~HttpClient();  // no send() may be running
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  // An answer of any status is a value. Errors: kInterrupted within 200 ms of a stop; kNetwork
  // (trouble.hpp tells the kinds apart), kUntrusted for an address that the policy refuses, kUsage
  // for a URL or header that may not be sent, and whatever the body's source says. A good answer
  // says nothing about the length of the body: the caller checks.
  Result<Response> send(const Request& request, std::stop_token stop);

 private:
  ConcurrencyLimit& limit_of(const std::string& authority);

  const ClientOptions options_;
  std::unique_ptr<TransferLoop> loop_;
  std::mutex mutex_;
  std::map<std::string, std::unique_ptr<ConcurrencyLimit>> limits_;  // by host and port
};

}  // namespace cairn::net
