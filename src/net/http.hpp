// One HTTP exchange as values: what is asked and what came back. Nothing here knows of curl.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cairn/remote.hpp"

namespace cairn::net {

enum class Method { kGet, kHead, kPut, kPost, kDelete };
std::string_view method_name(Method method);  // "GET"

struct HeaderField {
  std::string name;
  std::string value;
};

struct Timeouts {
  std::chrono::milliseconds connect{10'000};
  std::chrono::milliseconds first_byte{
      30'000};  // from the last byte sent to the end of the answer's headers
  std::chrono::milliseconds stall{30'000};  // less than 1 KiB/s on average for that long
  std::chrono::milliseconds total{0};       // of the whole exchange; 0: no limit
};

// Which addresses may be spoken to, looked at after the name was resolved and connected.
enum class AddressPolicy {
  kStore,     // anything but link-local addresses and those of cloud metadata services
  kPublic,    // as kStore, and neither loopback nor private ranges: the endpoint comes from a
              // stranger
  kMetadata,  // only metadata addresses and loopback; http is fine, a proxy is never used
};

struct Request {
  Method method = Method::kGet;
  std::string url;  // absolute and fully percent-encoded: sent as it stands
  std::vector<HeaderField> headers;
  ObjectSource* body = nullptr;  // of PUT and POST; read by the thread that calls send(), again
                                 // from the start if need be
  // Place for the bytes of a 206 answer. A 200 answer is the whole object: its bytes from
  // `into_offset` on are taken. Then Response::body stays empty. All other answers go to
  // Response::body.
  std::span<std::uint8_t> into;
  std::uint64_t into_offset = 0;
  std::size_t max_body_bytes = std::size_t{1}
                               << 20;  // of a 2xx answer; of any other at most 256 KiB
  Timeouts timeouts;
  AddressPolicy addresses = AddressPolicy::kStore;
};

struct Response {
  int status = 0;
  std::vector<HeaderField> headers;  // names in lower case, in order of arrival
  std::vector<std::uint8_t> body;
  std::size_t body_bytes = 0;     // bytes put into `into`, or body.size()
  bool truncated = false;         // the body was longer than allowed; the rest was not read
  bool verified_peer = false;     // over TLS with a verified certificate
  std::uint16_t tls_version = 0;  // as on the wire; 0: none, or not known
  std::int64_t date_ms = 0;       // of the Date header, milliseconds since the epoch; 0: none

  // Value of the first header of that (lower-case) name; nullptr when there is none.
  [[nodiscard]] const std::string* header(std::string_view name) const;
  [[nodiscard]] std::string_view body_text() const;
};

// What is said of an encrypted connection of this version (as in Response); of one that is not
// known, what every one is at least.
std::string describe_tls(std::uint16_t version);

// Milliseconds since the epoch of an HTTP date ("Sun, 06 Nov 1994 08:49:37 GMT"); 0 when it is
// none.
std::int64_t parse_http_date(const std::string& text);

}  // namespace cairn::net
