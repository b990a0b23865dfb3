#include "crypto/sha256_evp.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "base/assert.hpp"

namespace cairn::crypto::detail {
namespace {

// Fetched once for the life of the program: a fetch, or the implicit one of EVP_sha256(), costs
// more than a small message. OPENSSL_CONF comes from the environment and could load foreign code,
// so no configuration file is read.
const EVP_MD* evp_algorithm() {
  static const EVP_MD* const algorithm = [] {
    OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, nullptr);
    return EVP_MD_fetch(nullptr, "SHA256", nullptr);
  }();
  CAIRN_ASSERT(algorithm != nullptr);  // libcrypto's built-in provider always has it
  return algorithm;
}

// These calls fail only for a wrong order of calls or without memory for a few hundred bytes.
void require_evp(int result) { CAIRN_ASSERT(result == 1); }

void start_evp(EVP_MD_CTX* context) {
  require_evp(EVP_DigestInit_ex2(context, evp_algorithm(), nullptr));
}

}  // namespace

void EvpSha256::Free::operator()(evp_md_ctx_st* context) const { EVP_MD_CTX_free(context); }

EvpSha256::EvpSha256() : context_(EVP_MD_CTX_new()) {
  CAIRN_ASSERT(context_ != nullptr);
  start_evp(context_.get());
}

void EvpSha256::update(base::ByteView bytes) {
  require_evp(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()));
}

Digest EvpSha256::finish() {
  Digest digest;
  require_evp(EVP_DigestFinal_ex(context_.get(), digest.bytes.data(), nullptr));
  start_evp(context_.get());
  return digest;
}

Digest evp_sha256(base::ByteView bytes) {
  thread_local EvpSha256 stream;
  stream.update(bytes);
  return stream.finish();
}

}  // namespace cairn::crypto::detail
