// A world of fakes for the credential sources: variables, files, services and helpers as tables.
// All secrets in it contain "CANARY", and no error or description may.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "remotes/s3/credentials/chain.hpp"

namespace cairn::remotes::s3 {

class FakeClock final : public Clock {
 public:
  std::int64_t now_ms() override { return now; }
  std::atomic<std::int64_t> now{1'767'323'045'000};  // 2026-01-02T03:04:05Z
};

struct Asked {
  std::string method;
  std::string url;
  std::string headers;  // "name: value\n"
  std::string body;
  net::Request request;
};

class World {
 public:
  std::map<std::string, std::string> variables;
  std::map<std::string, std::string> files;
  // "METHOD URL-prefix" -> status and body; the longest prefix wins, nothing fits: unreachable.
  std::map<std::string, std::pair<int, std::string>> services;
  base::ProcessResult helper;
  std::vector<std::string> helper_argv;
  std::vector<Asked> asked;
  FakeClock clock;
  std::function<void()> on_send;

  Outside outside() {
    Outside out;
    out.environment = [this](const std::string& name) -> std::optional<std::string> {
      const auto at = variables.find(name);
      return at == variables.end() ? std::nullopt : std::optional(at->second);
    };
    out.read_file = [this](const std::string& path) -> Result<std::optional<std::string>> {
      const auto at = files.find(path);
      return at == files.end() ? std::optional<std::string>() : std::optional(at->second);
    };
    out.write_file = [this](const std::string& path, const std::string& text) {
      files[path] = text;
      return Status();
    };
    out.send = [this](const net::Request& request, std::stop_token) { return answer(request); };
    out.run = [this](const std::vector<std::string>& argv, std::chrono::milliseconds,
                     std::stop_token) -> Result<base::ProcessResult> {
      helper_argv = argv;
      return helper;
    };
    out.home = "/home/u";
    out.clock = &clock;
    return out;
  }

  CredentialChain chain(ChainOptions options = {}) { return {std::move(options), outside()}; }

  // The credentials that a fresh chain finds.
  Credentials found(ChainOptions options = {}) {
    auto provider = chain(std::move(options));
    auto got = provider.get({});
    EXPECT_TRUE(got.ok()) << text_of(got.error());
    EXPECT_THAT(provider.describe(), testing::Not(testing::HasSubstr("CANARY")));
    where = provider.describe();
    return got.ok() ? **got : Credentials();
  }
  // The error that a fresh chain gives, as the user sees it.
  std::string failure(ChainOptions options = {}) {
    auto got = chain(std::move(options)).get({});
    EXPECT_FALSE(got.ok());
    if (got.ok()) return {};
    EXPECT_EQ(got.error().code(), Code::kUnauthenticated);
    EXPECT_EQ(got.error().slug(), "no-credentials");
    EXPECT_FALSE(got.error().hints().empty());
    const std::string text = text_of(got.error());
    EXPECT_THAT(text, testing::Not(testing::HasSubstr("CANARY")));
    return text;
  }

  static std::string text_of(const Error& error) {
    std::string out = error.message() + "\n";
    for (const auto& line : error.details()) out += line + "\n";
    for (const auto& line : error.hints()) out += "hint: " + line + "\n";
    return out;
  }

  static std::string sts_answer(const std::string& id) {
    return "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>" + id +
           "</AccessKeyId><SecretAccessKey>CANARY-s-" + id +
           "</SecretAccessKey><SessionToken>CANARY-t-" + id +
           "</SessionToken><Expiration>2026-01-02T04:04:05Z</Expiration></Credentials>"
           "</AssumeRoleResult></AssumeRoleResponse>";
  }
  static std::string json_answer(const std::string& id, const std::string& expiration) {
    return R"({"Version":1,"Code":"Success","AccessKeyId":")" + id +
           R"(","SecretAccessKey":"CANARY-secret","Token":"CANARY-token","SessionToken":)"
           R"("CANARY-token","Expiration":")" +
           expiration + R"("})";
  }

  std::string where;

 private:
  Result<net::Response> answer(const net::Request& request) {
    Asked row{std::string(net::method_name(request.method)), request.url, "", "", request};
    for (const auto& header : request.headers)
      row.headers += header.name + ": " + header.value + "\n";
    if (request.body != nullptr) {
      row.body.resize(request.body->size_bytes());
      EXPECT_TRUE(
          request.body->read(0, {reinterpret_cast<std::uint8_t*>(row.body.data()), row.body.size()})
              .ok());
    }
    asked.push_back(row);
    if (on_send) on_send();
    const std::string line = row.method + " " + row.url;
    for (auto at = services.rbegin(); at != services.rend(); ++at) {
      if (!line.starts_with(at->first)) continue;
      net::Response response;
      response.status = at->second.first;
      response.body.assign(at->second.second.begin(), at->second.second.end());
      return response;
    }
    return Error(Code::kNetwork, "cannot connect");
  }
};

}  // namespace cairn::remotes::s3
