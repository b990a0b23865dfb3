// What a user may see of the traffic (--trace http): enough to repeat a request, never a secret.
#pragma once

#include <atomic>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "cairn/result.hpp"
#include "net/http.hpp"

namespace cairn::net {

// Takes what is said of one request, or of one answer, at once: lines without line end, never mixed
// with those of another. Thread-safe.
class TraceSink {
 public:
  virtual ~TraceSink() = default;
  virtual void block(std::span<const std::string> lines) = 0;
  // Of the next request; stands in its lines and in those of its answer.
  std::uint64_t next_number() { return ++last_number_; }

 private:
  std::atomic<std::uint64_t> last_number_ = 0;
};

// Without user info, and with the values of signatures and tokens in the query hidden.
std::string redact_url(std::string_view url);
// The value as it may be shown: credentials, tokens, cookies and signatures are hidden.
std::string redact_header(const HeaderField& field);

void trace_request(TraceSink& sink, std::uint64_t number, const Request& request);
// The answer, or why there is none.
void trace_response(TraceSink& sink, std::uint64_t number, const Request& request,
                    const Result<Response>& answer);

}  // namespace cairn::net
