#include "remotes/s3/url.hpp"

#include <gtest/gtest.h>

#include "remotes/s3/xml.hpp"

namespace cairn::remotes::s3 {
namespace {

std::string address(const std::string& url, const S3Options& options) {
  const auto parsed = parse_s3_url(url);
  if (!parsed.ok()) return "bad url";
  const auto endpoint = Endpoint::make(*parsed, options);
  if (!endpoint.ok()) return "refused";
  const BucketAddress a = endpoint->address(endpoint->first_region());
  return a.scheme + a.host + a.path;
}

TEST(S3Url, BucketsAndPrefixes) {
  EXPECT_EQ(parse_s3_url("s3://data")->prefix, "");
  EXPECT_EQ(parse_s3_url("s3://data/")->prefix, "");
  EXPECT_EQ(parse_s3_url("s3://data/a/b c//")->prefix, "a/b c/");
  for (const char* bad : {"s3://", "s3:///x", "s3://ab", "s3://a_", "s3://-ab", "s3://a..b",
                          "s3://a/b", "s3://user@data", "s3://data:1/x", "s3://data/a//b",
                          "s3://data/../x", "s3://data/./x", "s3://data/a\x1f", "s3://data/\xff",
                          "s3://data--x-s3", "s3://arn:aws:s3:::x", "http://data"}) {
    EXPECT_FALSE(parse_s3_url(bad).ok()) << bad;
  }
}

TEST(S3Endpoint, HostsOfAws) {
  S3Options o;
  EXPECT_EQ(address("s3://data/p", o), "https://data.s3.us-east-1.amazonaws.com/");
  o.region = "eu-central-1";
  EXPECT_EQ(address("s3://data", o), "https://data.s3.eu-central-1.amazonaws.com/");
  EXPECT_EQ(address("s3://da.ta", o), "https://s3.eu-central-1.amazonaws.com/da.ta/");
  EXPECT_EQ(address("s3://Data", o), "https://s3.eu-central-1.amazonaws.com/Data/");
  o.style = AddressingStyle::kPath;
  EXPECT_EQ(address("s3://data", o), "https://s3.eu-central-1.amazonaws.com/data/");
  o.style = {};
  o.dual_stack = true;
  EXPECT_EQ(address("s3://data", o), "https://data.s3.dualstack.eu-central-1.amazonaws.com/");
  o.fips = true;
  EXPECT_EQ(address("s3://data", o), "https://data.s3-fips.dualstack.eu-central-1.amazonaws.com/");
  o.dual_stack = false;
  EXPECT_EQ(address("s3://data", o), "https://data.s3-fips.eu-central-1.amazonaws.com/");
  o.accelerate = true;
  EXPECT_EQ(address("s3://data", o), "refused");
  o.fips = false;
  EXPECT_EQ(address("s3://data", o), "https://data.s3-accelerate.amazonaws.com/");
  EXPECT_EQ(address("s3://da.ta", o), "refused");
  o = {};
  o.region = "cn-north-1";
  EXPECT_EQ(address("s3://data", o), "https://data.s3.cn-north-1.amazonaws.com.cn/");
  o.region = "eusc-de-east-1";
  EXPECT_EQ(address("s3://data", o), "https://data.s3.eusc-de-east-1.amazonaws.eu/");
  o.region = "us-isob-east-1";
  EXPECT_EQ(address("s3://data", o), "https://data.s3.us-isob-east-1.sc2s.sgov.gov/");
  o.region = "cn-north-1";
  o.fips = true;
  EXPECT_EQ(address("s3://data", o), "refused");
  o.fips = false;
  for (const char* region : {"evil.example", "a/b", "a b", "-a", "a@b", "a\r\nb"}) {
    o.region = region;
    EXPECT_EQ(address("s3://data", o), "refused") << region;
  }
}

TEST(S3Endpoint, CustomEndpoints) {
  S3Options o;
  o.endpoint = "http://127.0.0.1:9000";
  EXPECT_EQ(address("s3://data", o), "http://127.0.0.1:9000/data/");
  o.endpoint = "https://host/base/";
  EXPECT_EQ(address("s3://data", o), "https://host/base/data/");
  o.style = AddressingStyle::kVirtual;
  EXPECT_EQ(address("s3://data", o), "https://data.host/base/");
  EXPECT_EQ(address("s3://da.ta", o), "https://host/base/da.ta/");
  o.fips = true;
  EXPECT_EQ(address("s3://data", o), "refused");
  o = {};
  o.endpoint = "https://acc.r2.cloudflarestorage.com";
  EXPECT_EQ(address("s3://data", o), "https://acc.r2.cloudflarestorage.com/data/");
  EXPECT_EQ(Endpoint::make(*parse_s3_url("s3://data"), o)->first_region(), "auto");
  o.endpoint = "https://oss-eu.aliyuncs.com";
  EXPECT_EQ(address("s3://data", o), "refused");  // needs a region
  o.region = "eu";
  EXPECT_EQ(address("s3://data", o), "https://data.oss-eu.aliyuncs.com/");
  for (const char* bad :
       {"host", "ftp://host", "https://u:p@host", "https://host/?x", "https://ho st"}) {
    o.endpoint = bad;
    EXPECT_EQ(address("s3://data", o), "refused") << bad;
  }
}

TEST(S3Providers, TheFileIsWellFormedAndSaysWhatIsKnown) {
  const auto rows = parse_providers(kProvidersText);
  ASSERT_TRUE(rows.ok()) << rows.error().message();
  EXPECT_GE(rows->size(), 12U);
  EXPECT_EQ(quirks_of("s3.eu-central-1.amazonaws.com").name, "AWS");
  EXPECT_EQ(quirks_of("acc.r2.cloudflarestorage.com").region, "auto");
  EXPECT_EQ(quirks_of("storage.googleapis.com").conditional_put, ConditionalPut::kRefused);
  EXPECT_EQ(quirks_of("cos.eu.myqcloud.com").list, ListVersion::kV1);
  EXPECT_EQ(quirks_of("gateway.storjshare.io").name, "Storj");
  EXPECT_EQ(quirks_of("localhost").name, "other");
}

TEST(S3Providers, ARemotesSettingsComeFirst) {
  S3Options options;
  options.style = AddressingStyle::kPath;
  options.list = ListVersion::kV1;
  options.conditional_put = ConditionalPut::kRefused;
  const Quirks quirks = resolve_quirks("s3.amazonaws.com", options);
  EXPECT_EQ(quirks.style, AddressingStyle::kPath);
  EXPECT_EQ(quirks.list, ListVersion::kV1);
  EXPECT_EQ(quirks.conditional_put, ConditionalPut::kRefused);
}

TEST(S3Providers, WrongFilesAreRefused) {
  const auto row = [](const std::string& host, const std::string& rest) {
    return R"({"name":"a","host":")" + host +
           R"(","style":"path","list":"v2","conditional-put":true,)" + rest + "}";
  };
  const std::string rest = R"("region":"")";
  const auto parses = [](const std::string& rows) {
    return parse_providers(R"({"providers":[)" + rows + "]}").ok();
  };
  EXPECT_TRUE(parses(row("", rest)));
  EXPECT_TRUE(parses(row(".b", rest + R"(,"note":"why")") + "," + row("", rest)));
  for (const std::string& bad :
       {std::string(), std::string("1"), row(".b", rest), row("", R"("note":"why")"),
        row("", rest + R"(,"more":1)"), row("", R"("region":null)"),
        row("", rest) + "," + row("", rest), row(".b", rest) + "," + row("a.b", rest)}) {
    EXPECT_FALSE(parses(bad)) << bad;
  }
  EXPECT_FALSE(parse_providers("").ok());
  EXPECT_FALSE(parse_providers("[]").ok());
}

TEST(S3Xml, Errors) {
  const auto error = parse_error_document(
      "<?xml version=\"1.0\"?><Error xmlns=\"x\"><Code>NoSuchKey</Code><Message>a "
      "&lt;b&gt;</Message><Region>eu</Region></Error>");
  EXPECT_EQ(error.code, "NoSuchKey");
  EXPECT_EQ(error.message, "a <b>");
  EXPECT_EQ(error.region, "eu");
  EXPECT_EQ(
      parse_error_document("<ErrorResponse><Error><Code>X</Code></Error></ErrorResponse>").code,
      "X");
  EXPECT_EQ(
      parse_error_document("<!DOCTYPE a [<!ENTITY x 'y'>]><Error><Code>X</Code></Error>").code, "");
  EXPECT_EQ(parse_error_document("").code, "");
  EXPECT_EQ(parse_error_document("<Error><Code>X").code, "");
}

TEST(S3Xml, ListingsAreReadStrictly) {
  const std::string head = "<ListBucketResult><IsTruncated>false</IsTruncated>";
  const auto page = parse_list_page(
      head +
      "<Contents><Key>a&amp;b</Key><Size>12</Size><LastModified>2026-02-03T04:05:06.789Z</"
      "LastModified></Contents></ListBucketResult>");
  ASSERT_TRUE(page.ok());
  EXPECT_EQ(page->objects[0].key, "a&b");
  EXPECT_EQ(page->objects[0].size_bytes, 12U);
  EXPECT_EQ(page->objects[0].modified_ms, 1'770'091'506'789);
  std::string deep = "<ListBucketResult>";
  for (int i = 0; i < 20; ++i) deep += "<a>";
  std::string closing, deeper = "<IsTruncated>false</IsTruncated>";
  for (int i = 0; i < 20; ++i) closing += "</x>", deeper = "<a>" + deeper + "</a>";
  deeper = "<IsTruncated>false</IsTruncated>" + deeper + "</ListBucketResult>";
  for (const std::string& bad :
       {std::string(), std::string("{}"), std::string("<html></html>"),
        std::string("<ListBucketResult/>"), deep, "<!DOCTYPE x>" + head + "</ListBucketResult>",
        head + "<Contents><Key>a</Key><Size>-1</Size><LastModified>2026-02-03T04:05:06Z</"
               "LastModified></Contents></ListBucketResult>",
        head + "<Contents><Size>1</Size><LastModified>2026-02-03T04:05:06Z</LastModified></"
               "Contents></ListBucketResult>",
        head + "<Contents><Key>a</Key><Size>1</Size><LastModified>yesterday</LastModified></"
               "Contents></ListBucketResult>",
        // depth that closing tags in an attribute or an instruction would hide
        "<ListBucketResult a='" + closing + "'>" + deeper,
        "<?x " + closing + "?><ListBucketResult>" + deeper, head}) {
    EXPECT_FALSE(parse_list_page(bad).ok()) << bad;
  }
}

}  // namespace
}  // namespace cairn::remotes::s3
