#include "crypto/hmac.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <limits>

#include "base/assert.hpp"

namespace cairn::crypto {

Digest hmac_sha256(base::ByteView key, base::ByteView message) {
  // As in sha256_evp.cpp: OPENSSL_CONF could load foreign code, so no configuration file is read.
  static const int started = OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, nullptr);
  CAIRN_ASSERT(started == 1 && key.size() <= std::numeric_limits<int>::max());
  static constexpr std::uint8_t kNoKey =
      0;  // a null pointer would ask for the key of the last call
  Digest digest;
  unsigned length = 0;
  const auto* const done =
      HMAC(EVP_sha256(), key.empty() ? &kNoKey : key.data(), static_cast<int>(key.size()),
           message.data(), message.size(), digest.bytes.data(), &length);
  CAIRN_ASSERT(done != nullptr && length == digest.bytes.size());
  return digest;
}

}  // namespace cairn::crypto
