// MD5, which names the files of DVC: to find them, and to hold them against what they should be. It
// identifies and protects nothing of ours.
#pragma once

#include <array>
#include <memory>
#include <string>

#include "base/bytes.hpp"

struct evp_md_ctx_st;  // EVP_MD_CTX, so that OpenSSL's headers stay inside md5.cpp

namespace cairn::crypto {

class Md5 {
 public:
  Md5();
  void update(base::ByteView bytes);
  std::string finish_hex();  // and starts afresh

 private:
  struct Free {
    void operator()(evp_md_ctx_st* context) const;
  };
  std::unique_ptr<evp_md_ctx_st, Free> context_;
};

}  // namespace cairn::crypto
