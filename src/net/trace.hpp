// What a user may see of the traffic (--trace http): enough to repeat a request, never a secret.
#pragma once

#include <string>
#include <string_view>

#include "net/http.hpp"

namespace cairn::net {

// Takes whole lines without line end. Thread-safe.
class TraceSink {
 public:
  virtual ~TraceSink() = default;
  virtual void line(std::string_view text) = 0;
};

// Without user info, and with the values of signatures and tokens in the query hidden.
std::string redact_url(std::string_view url);
// The value as it may be shown: credentials, tokens, cookies and signatures are hidden.
std::string redact_header(const HeaderField& field);

void trace_request(TraceSink& sink, const Request& request);
void trace_response(TraceSink& sink, const Request& request, const Response& response);

}  // namespace cairn::net
