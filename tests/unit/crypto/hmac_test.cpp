// RFC 4231, test cases 1, 2 and 6, and the empty key.
#include "crypto/hmac.hpp"

#include <gtest/gtest.h>

namespace {

using cairn::base::view_of;
using cairn::crypto::hmac_sha256;

TEST(Hmac, rfc_4231) {
  EXPECT_EQ(hmac_sha256(view_of(std::string(20, '\x0b')), view_of("Hi There")).hex(),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(hmac_sha256(view_of("Jefe"), view_of("what do ya want for nothing?")).hex(),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(hmac_sha256(view_of(std::string(131, '\xaa')),
                        view_of("Test Using Larger Than Block-Size Key - Hash Key First"))
                .hex(),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(Hmac, an_empty_key_is_not_the_key_of_the_last_call) {
  hmac_sha256(view_of("other"), view_of(""));
  EXPECT_EQ(hmac_sha256({}, {}).hex(),
            "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

}  // namespace
