// The worked examples of AWS's S3 pages "header-based-auth" and "query-string-auth" (their numbers
// only). tests/tools/sigv4_botocore_test.py compares 10,000 random requests with botocore.
#include "remotes/s3/sigv4.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using namespace cairn::remotes::s3;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

const Credentials kExample{
    "AKIAIOSFODNN7EXAMPLE", Secret("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"), Secret(), {}};
const SigningScope kScope{"us-east-1", "s3", 1'369'353'600'000};  // 2013-05-24T00:00:00Z
constexpr std::string_view kHost = "examplebucket.s3.amazonaws.com";

std::string authorization(const Headers& headers) {
  for (const auto& header : headers)
    if (header.name == "authorization") return header.value;
  return "";
}

std::string signed_as(const SignedTarget& target, Headers headers, std::string_view payload,
                      const Credentials& credentials = kExample) {
  sign_headers(credentials, kScope, target, headers, payload);
  return authorization(headers);
}

TEST(Sigv4, example_get_of_a_range) {
  EXPECT_EQ(signed_as({"GET", std::string(kHost), "/test.txt", {}}, {{"Range", "bytes=0-9"}},
                      kEmptySha256),
            "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, "
            "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, "
            "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
}

TEST(Sigv4, example_put) {
  const std::string path = percent_encode("/test$file.text", Slashes::kKeep);
  EXPECT_THAT(
      signed_as({"PUT", std::string(kHost), path, {}},
                {{"Date", "Fri, 24 May 2013 00:00:00 GMT"},
                 {"x-amz-storage-class", "REDUCED_REDUNDANCY"}},
                "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072"),
      EndsWith("Signature=98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"));
}

TEST(Sigv4, example_of_a_parameter_without_value) {
  EXPECT_THAT(
      signed_as({"GET", std::string(kHost), "/", {{"lifecycle", ""}}}, {}, kEmptySha256),
      EndsWith("Signature=fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"));
}

TEST(Sigv4, example_of_a_listing) {
  EXPECT_THAT(
      signed_as({"GET", std::string(kHost), "/", {{"prefix", "J"}, {"max-keys", "2"}}}, {},
                kEmptySha256),
      EndsWith("Signature=34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"));
}

TEST(Sigv4, example_of_a_presigned_url) {
  EXPECT_EQ(presign(kExample, kScope, {"GET", std::string(kHost), "/test.txt", {}}, 86'400),
            "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2F"
            "us-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&"
            "X-Amz-SignedHeaders=host&X-Amz-Signature="
            "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404");
}

TEST(Sigv4, headers_sort_by_name_and_join_by_comma) {
  const SignedTarget target{"GET", "h", "/", {}};
  const Headers headers{{"X-Amz-a-b", " 1  2 "}, {"x-amz-a", "3"}, {"X-AMZ-A", "4"}, {"Via", "5"}};
  EXPECT_EQ(canonical_request(target, headers, "P"),
            "GET\n/\n\nhost:h\nx-amz-a:3,4\nx-amz-a-b:1 2\n\nhost;x-amz-a;x-amz-a-b\nP");
}

TEST(Sigv4, queries_sort_after_encoding) {
  // "~" stays and so sorts behind "%7B"; the name decides before the value does.
  EXPECT_EQ(canonical_query({{"~", "b"}, {"{", "/"}, {"a-", "1"}, {"a", "2"}, {"a", "1"}}),
            "%7B=%2F&a=1&a=2&a-=1&~=b");
}

TEST(Sigv4, paths_are_signed_as_they_are_sent) {
  const SignedTarget target{"GET", "h", "/a//b/../%25", {}};
  EXPECT_THAT(canonical_request(target, {}, "P"), HasSubstr("\n/a//b/../%25\n"));
}

TEST(Sigv4, a_second_signature_replaces_the_first) {
  Credentials temporary = kExample;
  temporary.session_token = Secret("token-1");
  const SignedTarget target{"GET", std::string(kHost), "/test.txt", {}};
  Headers headers{{"Range", "bytes=0-9"}};
  sign_headers(temporary, {"eu-west-1", "s3", 1}, target, headers, "UNSIGNED-PAYLOAD");
  EXPECT_THAT(authorization(headers), HasSubstr("x-amz-date;x-amz-security-token,"));
  sign_headers(kExample, kScope, target, headers, kEmptySha256);
  EXPECT_EQ(headers.size(), 4U);
  EXPECT_THAT(authorization(headers), EndsWith("c6036bdb41"));
}

TEST(Sigv4, a_corrected_secret_of_the_same_key_is_used) {
  const SignedTarget target{"GET", std::string(kHost), "/", {}};
  Credentials typo = kExample;
  typo.secret_access_key = Secret("wrong");
  const std::string before = signed_as(target, {}, kEmptySha256, typo);
  EXPECT_NE(signed_as(target, {}, kEmptySha256), before);
  EXPECT_EQ(signed_as(target, {}, kEmptySha256, typo), before);
}

TEST(Sigv4, twenty_scopes_push_each_other_out_of_the_cache) {
  const SignedTarget target{"GET", std::string(kHost), "/", {}};
  const auto sign_in = [&](int region) {
    Headers headers;
    sign_headers(kExample, {"r" + std::to_string(region), "s3", 0}, target, headers, kEmptySha256);
    return authorization(headers);
  };
  std::vector<std::string> first;
  for (int region = 0; region < 20; ++region) first.push_back(sign_in(region));
  for (int region = 0; region < 20; ++region) EXPECT_EQ(sign_in(region), first[region]);
}

TEST(Secret, wipes_what_it_held) {
  std::string text = "long-enough-to-live-on-the-heap-0123456789";
  const char* const bytes = text.data();
  const std::size_t size = text.size();
  Secret::wipe(text);  // the buffer stays with the emptied string
  EXPECT_TRUE(text.empty());
  EXPECT_EQ(std::string(bytes, size), std::string(size, '\0'));
}

TEST(Secret, a_move_leaves_nothing_behind) {
  Secret a("short");
  const Secret b = std::move(a);
  EXPECT_EQ(b.reveal(), "short");
  EXPECT_TRUE(a.empty());  // NOLINT: that is the question
}

}  // namespace
