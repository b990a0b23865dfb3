// SHA-256 by OpenSSL: one incremental stream, move-only, owner of its EVP context. The fallback of
// sha256.cpp on processors without SHA extensions, and the reference that the tests hold our kernel
// against.
#pragma once

#include <memory>

#include "base/bytes.hpp"
#include "cairn/digest.hpp"

struct evp_md_ctx_st;  // EVP_MD_CTX, so that OpenSSL's headers stay inside sha256_evp.cpp

namespace cairn::crypto::detail {

class EvpSha256 {
 public:
  EvpSha256();
  void update(base::ByteView bytes);
  Digest finish();  // and starts afresh

 private:
  struct Free {
    void operator()(evp_md_ctx_st* context) const;
  };
  std::unique_ptr<evp_md_ctx_st, Free> context_;
};

// One shot with one context per thread: making one costs more than hashing a small file.
Digest evp_sha256(base::ByteView bytes);

}  // namespace cairn::crypto::detail
