#include "crypto/md5.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "base/assert.hpp"

namespace cairn::crypto {

namespace {

// Where a policy of the system bans MD5, the properties ask for it all the same: it protects
// nothing here.
const EVP_MD* algorithm() {
  static const EVP_MD* const found = [] {
    OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, nullptr);  // as in sha256_evp.cpp
    return EVP_MD_fetch(nullptr, "MD5", "-fips");
  }();
  CAIRN_ASSERT(found != nullptr);
  return found;
}

void require(int result) { CAIRN_ASSERT(result == 1); }

}  // namespace

void Md5::Free::operator()(evp_md_ctx_st* context) const { EVP_MD_CTX_free(context); }

Md5::Md5() : context_(EVP_MD_CTX_new()) {
  CAIRN_ASSERT(context_ != nullptr);
  require(EVP_DigestInit_ex2(context_.get(), algorithm(), nullptr));
}

void Md5::update(base::ByteView bytes) {
  require(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()));
}

std::string Md5::finish_hex() {
  std::array<std::uint8_t, 16> digest{};
  require(EVP_DigestFinal_ex(context_.get(), digest.data(), nullptr));
  require(EVP_DigestInit_ex2(context_.get(), algorithm(), nullptr));
  return base::to_hex(digest);
}

}  // namespace cairn::crypto
