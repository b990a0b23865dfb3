#include "net/http.hpp"

#include <fmt/core.h>

#include <ctime>

#include "net/curl_library.hpp"

namespace cairn::net {

std::string_view method_name(Method method) {
  switch (method) {
    case Method::kGet:
      return "GET";
    case Method::kHead:
      return "HEAD";
    case Method::kPut:
      return "PUT";
    case Method::kPost:
      return "POST";
    case Method::kDelete:
      break;
  }
  return "DELETE";
}

const std::string* Response::header(std::string_view name) const {
  for (const HeaderField& field : headers) {
    if (field.name == name) return &field.value;
  }
  return nullptr;
}

std::string_view Response::body_text() const {
  return {reinterpret_cast<const char*>(body.data()), body.size()};
}

std::string describe_tls(std::uint16_t version) {
  constexpr std::uint16_t kTls10 = 0x0301;
  if (version < kTls10) return "verified, version 1.2 or later";
  return fmt::format("verified, version 1.{}", version - kTls10);
}

std::int64_t parse_http_date(const std::string& text) {
  if (!load_curl().ok()) return 0;  // nothing was received then
  const std::time_t seconds = curl().getdate(text.c_str(), nullptr);
  return seconds > 0 ? std::int64_t{seconds} * 1000 : 0;
}

}  // namespace cairn::net
