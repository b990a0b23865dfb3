#include "crypto/sha1.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <array>

#include "base/assert.hpp"

namespace cairn::crypto {

std::string sha1_hex(base::ByteView bytes) {
  OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, nullptr);  // as in sha256_evp.cpp
  std::array<std::uint8_t, 20> digest{};
  const int done =
      EVP_Digest(bytes.data(), bytes.size(), digest.data(), nullptr, EVP_sha1(), nullptr);
  CAIRN_ASSERT(done == 1);
  return base::to_hex(digest);
}

}  // namespace cairn::crypto
