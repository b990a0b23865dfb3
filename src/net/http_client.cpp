#include "net/http_client.hpp"

namespace cairn::net {

class HttpClient::Loop {};

HttpClient::HttpClient(ClientOptions) : loop_(std::make_unique<Loop>()) {}
HttpClient::~HttpClient() = default;

Result<Response> HttpClient::send(const Request&, std::stop_token) {
  return Error(Code::kInternal, "not there yet");
}

}  // namespace cairn::net
