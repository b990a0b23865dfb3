// What counts as a credential in text of our own files, and what does not. The values are made up.
#include "hooks/secrets.hpp"

#include <gtest/gtest.h>

namespace cairn::hooks {
namespace {

TEST(Secrets, AreFoundWithTheirLine) {
  const std::string key = "AKIA" + std::string("IOSFODNN7EXAMPLE");
  for (const auto& line :
       {"id = " + key, "x = \"ASIA" + key.substr(4) + "\"",
        std::string("secret-key = ") + std::string(40, 'a'),
        std::string("url = https://me:word@host/path"), std::string("url = s3://token@bucket"),
        std::string("url = \"ssh://me:word@host/path\""), std::string("# (https://me:a=b@host)"),
        std::string("url = https://host/x?X-Amz-Credential=1&X-Amz-Signature=2"),
        std::string("url = https://host/x?sv=1&sig=abc"), std::string("password = x"),
        std::string("-----BEGIN RSA PRIVATE KEY-----")}) {
    const auto found = find_secrets("[a]\n\n" + line + "\nb = c\n");
    ASSERT_EQ(found.size(), 1U) << line;
    EXPECT_EQ(found[0].line, 3) << line;
  }
}

TEST(Secrets, OrdinarySettingsAreNone) {
  const std::string pointer = "cairn 1\nkind file\noid " + std::string(64, 'a') +
                              "\nsize 12\ncheck " + std::string(32, '0');
  for (const std::string& text :
       {pointer, std::string("[cairn]\n\tproject = ") + std::string(32, 'f'),
        std::string("url = s3://acme-data/shop"),
        std::string("endpoint = https://minio.example.org:9000"),
        std::string("kms-key = arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab"),
        std::string("sse = aws:kms"), std::string("url = https://host/a@b"),
        std::string("url = \"ssh://git@host/x\""), std::string("url = \"git@host:x\""),
        std::string("AKIA = x"), std::string("XAKIAIOSFODNN7EXAMPLEX"), std::string()}) {
    EXPECT_TRUE(find_secrets(text).empty()) << text;
  }
}

}  // namespace
}  // namespace cairn::hooks
