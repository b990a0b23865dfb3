#include "remotes/builtin/builtin.hpp"

#include <gtest/gtest.h>

#include <map>

namespace cairn::remotes {
namespace {

RemoteConfig config_of(const std::string& url) {
  RemoteConfig config;
  config.name = "prod";
  config.url = url;
  return config;
}

TEST(Builtin, PathsAndFileUrlsAreDirectories) {
  const RemoteOpener open = builtin_opener();
  for (const char* url : {"/srv/data", "file:///srv/data", "relative/data", "odd:name", "/a://b"}) {
    const auto remote = open(config_of(url));
    ASSERT_TRUE(remote.ok()) << url;
    EXPECT_NE((*remote)->describe().find("prod"), std::string::npos);
  }
}

TEST(Builtin, AnUnknownSchemeIsRefusedWithWhatThereIs) {
  const auto remote = builtin_opener()(config_of("ftp://host/data"));
  ASSERT_FALSE(remote.ok());
  EXPECT_EQ(remote.error().code(), Code::kUsage);
  EXPECT_NE(remote.error().message().find("ftp"), std::string::npos);
  EXPECT_NE(remote.error().hints().at(0).find("file:///"), std::string::npos);
}

// The variables of a test in place of the environment.
Surroundings with(std::map<std::string, std::string> variables) {
  Surroundings out;
  out.variable = [variables](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  };
  return out;
}

TEST(Builtin, AWebServerIsOpenedUnlessItsUrlIsOdd) {
  const auto remote = builtin_opener()(config_of("https://data.example/shop"));
  ASSERT_TRUE(remote.ok()) << remote.error().message();
  EXPECT_EQ((*remote)->describe(), "remote `prod` (https://data.example/shop)");
  EXPECT_EQ(builtin_opener()(config_of("https://u:p@data.example/shop")).error().slug(), "bad-url");
}

TEST(Builtin, ABucketIsOpenedWithTheVariablesOfTheAwsTools) {
  const auto remote = builtin_opener(with({{"AWS_ACCESS_KEY_ID", "AK"},
                                           {"AWS_SECRET_ACCESS_KEY", "secret"},
                                           {"AWS_ENDPOINT_URL_S3", "https://store.example:9000"}}))(
      config_of("s3://data/shop"));
  ASSERT_TRUE(remote.ok()) << remote.error().message();
  EXPECT_EQ((*remote)->describe(), "remote `prod` (s3://data/shop at store.example:9000)");
}

RemoteConfig plain(const std::string& endpoint, const std::string& allowed) {
  RemoteConfig config = config_of("s3://data/shop");
  config.options = {{"endpoint", endpoint}, {"allow-http", allowed}};
  return config;
}

TEST(Builtin, PlainHttpIsForTheHostThatWasNamedAndToldOnce) {
  std::vector<std::string> told;
  Surroundings surroundings = with({{"AWS_ACCESS_KEY_ID", "AK"}, {"AWS_SECRET_ACCESS_KEY", "s"}});
  surroundings.warn = [&](const std::string& text) { told.push_back(text); };
  const RemoteOpener open = builtin_opener(surroundings);
  EXPECT_TRUE(open(plain("http://Store.example:9000", "store.example")).ok());
  EXPECT_TRUE(open(plain("http://store.example", "STORE.example")).ok());
  EXPECT_TRUE(open(plain("http://127.0.0.1:9000", "store.example")).ok());
  EXPECT_TRUE(open(plain("http://[2001:db8::1]:9000", "[2001:db8::1]")).ok());
  ASSERT_EQ(told.size(), 2U);
  EXPECT_NE(told[0].find("http://Store.example:9000"), std::string::npos);
  for (const char* allowed : {"true", "other.example", "example", "store.example:9000"}) {
    const auto refused = open(plain("http://store.example:9000", allowed));
    ASSERT_FALSE(refused.ok()) << allowed;
    EXPECT_EQ(refused.error().slug(), "plain-http");
    EXPECT_EQ(refused.error().hints().at(0),
              "if that host is right: git config cairn-remote.prod.allow-http store.example");
  }
  RemoteConfig web = config_of("http://store.example/shop");
  web.options = {{"allow-http", "other.example"}};
  EXPECT_EQ(open(web).error().slug(), "plain-http");
  EXPECT_EQ(told.size(), 2U);
}

TEST(Builtin, ABadBucketOrEndpointIsToldAtOnce) {
  const std::map<std::string, std::string> keys{{"AWS_ACCESS_KEY_ID", "AK"},
                                                {"AWS_SECRET_ACCESS_KEY", "secret"}};
  EXPECT_EQ(builtin_opener(with(keys))(config_of("s3://x/y")).error().slug(), "bad-url");
  auto wrong = keys;
  wrong["AWS_REGION"] = "evil.example/";
  EXPECT_EQ(builtin_opener(with(wrong))(config_of("s3://data")).error().slug(), "bad-url");
}

}  // namespace
}  // namespace cairn::remotes
