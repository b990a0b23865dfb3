#include "net/tls_version.hpp"

#include "net/curl_library.hpp"

namespace cairn::net {

std::uint16_t tls_version_of(CURL* easy) {
  if (curl().ssl_version == nullptr) return 0;
  const curl_tlssessioninfo* session = nullptr;
  if (curl().easy_getinfo(easy, CURLINFO_TLS_SSL_PTR, &session) != CURLE_OK || !session ||
      session->backend != CURLSSLBACKEND_OPENSSL || session->internals == nullptr) {
    return 0;
  }
  return static_cast<std::uint16_t>(curl().ssl_version(session->internals));
}

}  // namespace cairn::net
