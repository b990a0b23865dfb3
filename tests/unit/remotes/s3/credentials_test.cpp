// Every credential source against fakes, and the chain that asks them.
#include "credential_world.hpp"
#include "crypto/sha1.hpp"
#include "remotes/s3/credentials/ini.hpp"
#include "remotes/s3/credentials/run_helper.hpp"
#include "remotes/s3/credentials/source.hpp"

namespace {

using namespace cairn;
using namespace cairn::remotes::s3;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kConfig = "/home/u/.aws/config";
constexpr const char* kKeys = "/home/u/.aws/credentials";

TEST(Ini, sections_comments_and_nested_settings) {
  const auto ini = parse_ini(
      "# comment\r\n[default]\r\nregion = eu-west-1 ; why\r\n\n[ profile   a b ]\nx=#1\ns3 =\n"
      "  addressing_style = path\n  y = 1\nz = a=b\n[default]\noutput=json");
  ASSERT_TRUE(ini.ok());
  EXPECT_EQ(ini->at("default"), (IniSection{{"region", "eu-west-1"}, {"output", "json"}}));
  EXPECT_EQ(
      ini->at("profile a b"),
      (IniSection{
          {"x", "#1"}, {"s3", ""}, {"s3.addressing_style", "path"}, {"s3.y", "1"}, {"z", "a=b"}}));
}

TEST(Ini, errors_name_the_line_and_not_its_text) {
  for (const char* text : {"CANARY=1", "[a]\nCANARY", "[a]\n=CANARY", "[a\nCANARY", "[ ]"}) {
    const auto ini = parse_ini(text);
    ASSERT_FALSE(ini.ok()) << text;
    EXPECT_THAT(ini.error().message(), HasSubstr("line "));
    EXPECT_THAT(ini.error().message(), Not(HasSubstr("CANARY")));
  }
  EXPECT_FALSE(parse_ini(std::string(20'000, '\n')).ok());
}

TEST(Expiration, forms) {
  for (const char* text :
       {"2026-01-02T03:04:05Z", "2026-01-02T03:04:05UTC", "2026-01-02T03:04:05.999Z",
        "2026-01-02T04:34:05+01:30", "2026-01-01T22:04:05-05:00"})
    EXPECT_EQ(parse_expiration(text), 1'767'323'045'000) << text;
  for (const char* text :
       {"", "2026-01-02", "2026-02-30T00:00:00Z", "2026-01-02T03:04:05", "2026-01-02T25:04:05Z",
        "2026-01-02T03:04:05+1", "2026-01-02T03:04:05Zx"})
    EXPECT_EQ(parse_expiration(text), std::nullopt) << text;
}

TEST(Credentials, environment) {
  World world;
  world.variables = {{"AWS_ACCESS_KEY_ID", "AKENVIRONMENT"},
                     {"AWS_SECRET_ACCESS_KEY", "CANARY-secret"},
                     {"AWS_SESSION_TOKEN", "CANARY-token"},
                     {"AWS_CREDENTIAL_EXPIRATION", "2026-01-02T04:04:05Z"}};
  const Credentials got = world.found();
  EXPECT_EQ(got.secret_access_key.reveal(), "CANARY-secret");
  EXPECT_EQ(got.session_token.reveal(), "CANARY-token");
  EXPECT_EQ(world.where, "environment, key …MENT, expires in 60 min");
  world.clock.now += 3'600'000;
  EXPECT_THAT(world.failure(), HasSubstr("expired, says AWS_CREDENTIAL_EXPIRATION"));
  world.variables.erase("AWS_SECRET_ACCESS_KEY");
  EXPECT_THAT(world.failure(), HasSubstr("AWS_ACCESS_KEY_ID is set without AWS_SECRET_ACCESS_KEY"));
}

TEST(Credentials, shared_files) {
  World world;
  world.files[kConfig] =
      "[profile dev]\naws_access_key_id=AKCONFIG\naws_secret_access_key=CANARY-1\n"
      "aws_session_token=CANARY-2\n[default]\naws_access_key_id=AKDEFAULT\n"
      "aws_secret_access_key=CANARY-3";
  EXPECT_EQ(world.found().access_key_id, "AKDEFAULT");
  EXPECT_EQ(world.found({.profile = "dev", .region = ""}).session_token.reveal(), "CANARY-2");
  world.variables["AWS_PROFILE"] = "dev";
  EXPECT_EQ(world.found().access_key_id, "AKCONFIG");
  // The credentials file wins, and never completes the keys of another file.
  world.files["/elsewhere"] = "[dev]\naws_access_key_id=AKFILE\naws_secret_access_key=CANARY-4";
  world.variables["AWS_SHARED_CREDENTIALS_FILE"] = "/elsewhere";
  const Credentials got = world.found();
  EXPECT_EQ(got.access_key_id, "AKFILE");
  EXPECT_TRUE(got.session_token.empty());
  world.files["/elsewhere"] = "[dev]\naws_access_key_id=AKFILE";
  EXPECT_THAT(world.failure(), HasSubstr("only one of aws_access_key_id"));
  world.files["/elsewhere"] = "[dev]\nCANARY";
  EXPECT_THAT(world.failure(), HasSubstr("reading `/elsewhere`: line 2: no `=`"));
}

TEST(Credentials, a_named_profile_leaves_the_environment_out) {
  World world;
  world.variables = {{"AWS_ACCESS_KEY_ID", "AKENV"}, {"AWS_SECRET_ACCESS_KEY", "CANARY-1"}};
  world.files[kKeys] = "[dev]\naws_access_key_id=AKFILE\naws_secret_access_key=CANARY-2";
  EXPECT_EQ(world.found({.profile = "dev", .region = ""}).access_key_id, "AKFILE");
  world.variables["AWS_PROFILE"] = "dev";  // this alone does not
  EXPECT_EQ(world.found().access_key_id, "AKENV");
  EXPECT_THAT(world.failure({.profile = "no\x1b[m", .region = ""}),
              HasSubstr(R"(no profile `no\x1b[m`)"));
}

TEST(Credentials, role_of_a_role_of_keys) {
  World world;
  world.files[kConfig] =
      "[profile top]\nrole_arn=arn:top\nsource_profile=mid\nregion=eu-west-3\nexternal_id=e/1\n"
      "duration_seconds=900\n[profile mid]\nrole_arn=arn:mid\nsource_profile=low\n"
      "[profile low]\naws_access_key_id=AKLOW\naws_secret_access_key=CANARY-low";
  world.services["POST https://sts.eu-west-3.amazonaws.com/"] = {200,
                                                                 World::sts_answer("ASIATEMP")};
  const Credentials got = world.found({.profile = "top", .region = ""});
  EXPECT_EQ(got.access_key_id, "ASIATEMP");
  EXPECT_EQ(got.expires_ms, 1'767'326'645'000);
  ASSERT_EQ(world.asked.size(), 2U);
  EXPECT_THAT(world.asked[0].body, HasSubstr("RoleArn=arn%3Amid"));
  EXPECT_THAT(world.asked[0].headers,
              HasSubstr("Credential=AKLOW/20260102/eu-west-3/sts/aws4_request"));
  EXPECT_THAT(world.asked[1].headers, HasSubstr("Credential=ASIATEMP/"));
  EXPECT_THAT(world.asked[1].headers, HasSubstr("x-amz-security-token: CANARY-t-ASIATEMP"));
  EXPECT_THAT(world.asked[1].body, HasSubstr("DurationSeconds=900&ExternalId=e%2F1"));
}

TEST(Credentials, role_failures) {
  World world;
  const auto fails = [&](const std::string& settings) {
    world.files[kConfig] = "[default]\nrole_arn=arn:a\n" + settings;
    return world.failure();
  };
  EXPECT_THAT(fails("source_profile=b\n[profile b]\nrole_arn=arn:b\nsource_profile=default"),
              HasSubstr("the source_profile chain comes back to profile `default`"));
  EXPECT_THAT(fails("source_profile=gone"), HasSubstr("there is no profile `gone`"));
  EXPECT_THAT(fails(""), HasSubstr("either source_profile or credential_source"));
  EXPECT_THAT(fails("source_profile=b\ncredential_source=Environment"), HasSubstr("either"));
  EXPECT_THAT(fails("credential_source=Elsewhere"), HasSubstr("`Elsewhere` is not known"));
  EXPECT_THAT(fails("mfa_serial=arn:m\nsource_profile=b"), HasSubstr("MFA"));
  world.variables = {{"AWS_ACCESS_KEY_ID", "AKENV"}};
  world.variables["AWS_SECRET_ACCESS_KEY"] = "CANARY-1";
  world.files[kConfig] = "[profile p]\nrole_arn=arn:a\ncredential_source=Environment";
  world.services["POST https://sts.amazonaws.com/"] = {
      403,
      "<ErrorResponse><Error><Code>AccessDenied</Code><Message>CANARY</Message></Error></"
      "ErrorResponse>"};
  EXPECT_THAT(world.failure({.profile = "p", .region = ""}),
              HasSubstr("role `arn:a`: STS answered 403 (AccessDenied)"));
  EXPECT_THAT(world.failure({.profile = "p", .region = "evil.example/"}),
              HasSubstr("is no region name"));
  world.services["POST https://sts.amazonaws.com/"] = {200, "<html>CANARY</html>"};
  EXPECT_THAT(world.failure({.profile = "p", .region = ""}), HasSubstr("without credentials"));
}

TEST(Credentials, web_identity_reads_its_token_at_each_renewal) {
  World world;
  world.variables = {{"AWS_WEB_IDENTITY_TOKEN_FILE", "/token"}, {"AWS_ROLE_ARN", "arn:w"}};
  world.files["/token"] = "CANARY-first\n";
  world.services["POST https://sts.amazonaws.com/"] = {200, World::sts_answer("ASIAWEB")};
  auto chain = world.chain();
  ASSERT_TRUE(chain.get({}).ok());
  EXPECT_THAT(world.asked[0].body, HasSubstr("WebIdentityToken=CANARY-first"));
  EXPECT_THAT(world.asked[0].headers, Not(HasSubstr("authorization")));
  world.files["/token"] = "CANARY-second";
  world.clock.now += 3'600'000;
  ASSERT_TRUE(chain.get({}).ok());
  EXPECT_THAT(world.asked[1].body, HasSubstr("WebIdentityToken=CANARY-second"));
  world.files.clear();
  EXPECT_THAT(world.failure(), HasSubstr("there is no token in `/token`"));
  world.variables.erase("AWS_ROLE_ARN");
  EXPECT_THAT(world.failure(), HasSubstr("without AWS_ROLE_ARN"));
}

class JobToken : public testing::Test {
 protected:
  JobToken() {
    world_.variables = {{"AWS_ROLE_ARN", "arn:j"},
                        {"ACTIONS_ID_TOKEN_REQUEST_URL", "https://tokens.example/idtoken/7?api=2"},
                        {"ACTIONS_ID_TOKEN_REQUEST_TOKEN", "CANARY-bearer"}};
    world_.services["POST https://sts.amazonaws.com/"] = {200, World::sts_answer("ASIATHEJOB")};
    answer(200, R"({"count":7,"value":"CANARY-jwt-1"})");
  }
  void answer(int status, const std::string& body) {
    world_.services["GET https://tokens.example/"] = {status, body};
  }
  World world_;
};

TEST_F(JobToken, is_asked_for_at_each_renewal) {
  auto chain = world_.chain();
  ASSERT_TRUE(chain.get({}).ok());
  ASSERT_EQ(world_.asked.size(), 2U);
  EXPECT_EQ(world_.asked[0].url,
            "https://tokens.example/idtoken/7?api=2&audience=sts.amazonaws.com");
  EXPECT_THAT(world_.asked[0].headers, HasSubstr("authorization: Bearer CANARY-bearer\n"));
  EXPECT_THAT(world_.asked[1].body, HasSubstr("RoleArn=arn%3Aj"));
  EXPECT_THAT(world_.asked[1].body, HasSubstr("WebIdentityToken=CANARY-jwt-1"));
  EXPECT_THAT(world_.asked[1].headers, Not(HasSubstr("authorization")));
  EXPECT_EQ(chain.describe(), "role `arn:j` by web identity, key …EJOB, expires in 60 min");
  answer(200, R"({"value":"CANARY-jwt-2"})");
  world_.clock.now += 3'600'000;
  ASSERT_TRUE(chain.get({}).ok());
  EXPECT_THAT(world_.asked.back().body, HasSubstr("WebIdentityToken=CANARY-jwt-2"));
}

TEST_F(JobToken, goes_only_where_it_is_safe) {
  for (const char* url : {"http://tokens.example/x", "ftp://tokens.example/x", "tokens.example",
                          "http://127.0.0.1@tokens.example/", "http://127.0.0.1.example/x"}) {
    world_.variables["ACTIONS_ID_TOKEN_REQUEST_URL"] = url;
    EXPECT_THAT(world_.failure(), HasSubstr("neither https nor this host")) << url;
  }
  EXPECT_TRUE(world_.asked.empty());
  world_.variables["ACTIONS_ID_TOKEN_REQUEST_URL"] = "http://127.0.0.1:8080/token";
  world_.services["GET http://127.0.0.1:8080/token?audience="] = {200, R"({"value":"CANARY"})"};
  EXPECT_EQ(world_.found().access_key_id, "ASIATHEJOB");
  EXPECT_EQ(world_.asked[0].request.addresses, net::AddressPolicy::kMetadata);
  world_.variables["ACTIONS_ID_TOKEN_REQUEST_TOKEN"] = "CANARY\nx-other: 1";
  EXPECT_THAT(world_.failure(), HasSubstr("line end or control character"));
}

TEST_F(JobToken, failures_stop_the_search_and_tell_no_token) {
  for (const char* body : {"", "CANARY", "[]", R"({"value":7,"CANARY":1})", R"({"value":""})"}) {
    answer(200, body);
    EXPECT_THAT(world_.failure(), HasSubstr("the job's token service gave no token")) << body;
  }
  for (const int status : {302, 401, 500}) {
    answer(status, R"({"message":"CANARY"})");
    EXPECT_THAT(world_.failure(), HasSubstr("answered " + std::to_string(status)));
    EXPECT_EQ(world_.asked.back().method, "GET");
  }
}

TEST_F(JobToken, comes_after_a_token_file_and_needs_a_role) {
  world_.variables["AWS_WEB_IDENTITY_TOKEN_FILE"] = "/token";
  world_.files["/token"] = "CANARY-file";
  EXPECT_EQ(world_.found().access_key_id, "ASIATHEJOB");
  EXPECT_THAT(world_.asked[0].body, HasSubstr("WebIdentityToken=CANARY-file"));
  world_.variables.erase("AWS_WEB_IDENTITY_TOKEN_FILE");
  world_.variables.erase("ACTIONS_ID_TOKEN_REQUEST_TOKEN");
  EXPECT_THAT(world_.failure(), HasSubstr("web identity: neither AWS_WEB_IDENTITY_TOKEN_FILE nor "
                                          "ACTIONS_ID_TOKEN_REQUEST_URL is set\n"));
  world_.variables.erase("AWS_ROLE_ARN");
  EXPECT_THAT(world_.failure(), HasSubstr("web identity: AWS_ROLE_ARN is not set\n"));
}

class Sso : public testing::Test {
 protected:
  Sso() {
    world_.files[kConfig] =
        "[sso-session corp]\nsso_start_url=https://corp.example\nsso_region=eu-west-1\n"
        "[default]\nsso_session=corp\nsso_account_id=1234\nsso_role_name=Read Only";
    cache_ = "/home/u/.aws/sso/cache/" + crypto::sha1_hex(base::view_of("corp")) + ".json";
    world_.services["GET https://portal.sso.eu-west-1.amazonaws.com/federation/credentials"] = {
        200, R"({"roleCredentials":{"accessKeyId":"ASIASSO","secretAccessKey":"CANARY-1",)"
             R"("sessionToken":"CANARY-2","expiration":1767326645000}})"};
  }
  World world_;
  std::string cache_;
};

TEST_F(Sso, cached_token) {
  EXPECT_EQ(crypto::sha1_hex(base::view_of("abc")), "a9993e364706816aba3e25717850c26c9cd0d89d");
  EXPECT_THAT(world_.failure(), HasSubstr("no SSO login yet\n"));
  EXPECT_THAT(world_.failure(), HasSubstr("hint: aws sso login --profile default"));
  world_.files[cache_] = R"({"accessToken":"CANARY-bearer","expiresAt":"2026-01-02T05:00:00Z"})";
  EXPECT_EQ(world_.found().access_key_id, "ASIASSO");
  EXPECT_THAT(world_.asked.back().url, HasSubstr("?account_id=1234&role_name=Read%20Only"));
  EXPECT_EQ(world_.asked.back().headers, "x-amz-sso_bearer_token: CANARY-bearer\n");
  world_.services.begin()->second = {401, R"({"message":"CANARY"})"};
  EXPECT_THAT(world_.failure(), HasSubstr("the SSO portal answered 401"));
}

TEST_F(Sso, expired_token_is_renewed_and_kept) {
  world_.files[cache_] =
      R"({"accessToken":"CANARY-old","expiresAt":"2026-01-02T03:00:00Z","clientId":"c",)"
      R"("clientSecret":"CANARY-3","refreshToken":"CANARY-4","registrationExpiresAt":"2026-03-01T00:00:00Z"})";
  EXPECT_THAT(world_.failure(),
              HasSubstr("the SSO login has expired; the SSO token service: cannot connect"));
  world_.services["POST https://oidc.eu-west-1.amazonaws.com/token"] = {
      200, R"({"accessToken":"CANARY-new","expiresIn":3600,"refreshToken":"CANARY-5"})"};
  EXPECT_EQ(world_.found().access_key_id, "ASIASSO");
  EXPECT_EQ(world_.asked.back().headers, "x-amz-sso_bearer_token: CANARY-new\n");
  EXPECT_THAT(world_.files[cache_], HasSubstr(R"("expiresAt":"2026-01-02T04:04:05Z")"));
  EXPECT_THAT(world_.files[cache_], HasSubstr("CANARY-5"));
}

TEST_F(Sso, a_region_that_is_a_host_gets_no_request) {
  world_.files[kConfig] =
      "[default]\nsso_start_url=u\nsso_region=evil.example/\nsso_account_id=1\nsso_role_name=r";
  EXPECT_THAT(world_.failure(), HasSubstr("no valid sso_region"));
  EXPECT_TRUE(world_.asked.empty());
}

TEST(Credentials, credential_process) {
  World world;
  world.files[kConfig] =
      "[default]\ncredential_process = '/opt/my helper' --a \"b \\\" c\" d\\ e $HOME";
  world.helper.output = World::json_answer("ASIAPROC", "2026-01-02T04:04:05+00:00");
  EXPECT_EQ(world.found().access_key_id, "ASIAPROC");
  EXPECT_THAT(world.helper_argv, ElementsAre("/opt/my helper", "--a", "b \" c", "d e", "$HOME"));
  world.helper.output = World::json_answer("ASIAPROC", "2026-01-02T03:04:05Z");
  EXPECT_THAT(world.failure(), HasSubstr("have expired"));
  for (const char* output :
       {"", "{}", "[1]", R"({"Version":2,"AccessKeyId":"a","SecretAccessKey":"CANARY"})",
        R"({"Version":1,"AccessKeyId":"a\n","SecretAccessKey":"CANARY"})"}) {
    world.helper.output = output;
    EXPECT_THAT(world.failure(), HasSubstr("credential_process of profile `default`")) << output;
  }
  world.helper = {7, "CANARY", "first\nno\x1b[31m token\n"};
  EXPECT_THAT(world.failure(), HasSubstr(R"(exited with 7: no\x1b[31m token)"));
  world.files[kConfig] = "[default]\ncredential_process = 'open";
  EXPECT_THAT(world.failure(), HasSubstr("open quote"));
}

TEST(Credentials, the_helper_runs_without_a_shell_and_not_for_ever) {
  using std::chrono::milliseconds;
  const auto ran = run_helper({"printf", "%s", "$(id)"}, "/usr/bin:/bin", milliseconds(60'000), {});
  ASSERT_TRUE(ran.ok());
  EXPECT_EQ(ran->output, "$(id)");
  const auto slow = run_helper({"sleep", "60"}, "/usr/bin:/bin", milliseconds(1), {});
  ASSERT_FALSE(slow.ok());
  EXPECT_THAT(slow.error().message(), HasSubstr("no answer within"));
  EXPECT_FALSE(run_helper({"yes"}, "/usr/bin:/bin", milliseconds(60'000), {}).ok());
  EXPECT_FALSE(run_helper({"printf"}, ".::rel", milliseconds(60'000), {}).ok());
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(
      run_helper({"sleep", "60"}, "/bin", milliseconds(60'000), stop.get_token()).error().code(),
      Code::kInterrupted);
}

TEST(Credentials, container) {
  World world;
  world.variables = {{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/x"}};
  world.services["GET http://169.254.170.2/v2/x"] = {
      200, World::json_answer("ASIAECS", "2026-01-02T04:04:05Z")};
  EXPECT_EQ(world.found().access_key_id, "ASIAECS");
  EXPECT_EQ(world.asked[0].request.addresses, net::AddressPolicy::kMetadata);
  world.variables = {{"AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://169.254.170.23/v1"},
                     {"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "/token"}};
  world.files["/token"] = "CANARY-token\n";
  EXPECT_THAT(world.failure(), HasSubstr("the container's credential service: cannot connect"));
  EXPECT_EQ(world.asked.size(), 4U);  // three tries
  EXPECT_EQ(world.asked[3].headers, "authorization: CANARY-token\n");
  world.files["/token"] = "CANARY\r\nx: y";
  EXPECT_THAT(world.failure(), HasSubstr("line end"));
}

TEST(Credentials, container_hosts) {
  World world;
  const auto requests = [&](const char* url) {
    world.asked.clear();
    world.variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = url;
    world.failure();
    return world.asked.size();
  };
  for (const char* url : {"https://example.org/x", "http://127.0.0.1:99/x", "http://localhost/x",
                          "http://[::1]/", "http://[fd00:ec2::23]/v1", "http://169.254.170.2"})
    EXPECT_EQ(requests(url), 3U) << url;
  for (const char* url :
       {"http://example.org/x", "http://127.0.0.1.evil.org/", "http://127.0.0.1@evil.org/",
        "ftp://localhost/", "http://localhost.evil.org", "http://169.254.170.2.evil.org",
        "https://", "", "http://evil.org#@localhost"})
    EXPECT_EQ(requests(url), *url == '\0' ? 1U : 0U)
        << url;  // not set: the metadata service is asked
}

TEST(Credentials, instance_metadata_version_2_only) {
  World world;
  const std::string base = "http://169.254.169.254/latest/";
  world.services["PUT " + base + "api/token"] = {200, "CANARY-imds"};
  world.services["GET " + base + "meta-data/iam/security-credentials/"] = {200, "my-role\n"};
  world.services["GET " + base + "meta-data/iam/security-credentials/my-role"] = {
      200, World::json_answer("ASIAEC2", "2026-01-02T09:04:05Z")};
  EXPECT_EQ(world.found().access_key_id, "ASIAEC2");
  EXPECT_EQ(world.asked[0].headers, "x-aws-ec2-metadata-token-ttl-seconds: 21600\n");
  EXPECT_EQ(world.asked[2].headers, "x-aws-ec2-metadata-token: CANARY-imds\n");
  for (const auto& row : world.asked) {
    EXPECT_EQ(row.request.timeouts.total, std::chrono::seconds(1));
    EXPECT_EQ(row.request.addresses, net::AddressPolicy::kMetadata);
  }
  world.services["GET " + base + "meta-data/iam/security-credentials/"] = {200, "../x"};
  EXPECT_THAT(world.failure(), HasSubstr("a role name that is none"));
  world.services["PUT " + base + "api/token"] = {404, ""};
  world.asked.clear();
  EXPECT_THAT(world.failure(), HasSubstr("instance metadata: the metadata service answered 404"));
  EXPECT_EQ(world.asked.size(), 1U);
  world.variables["AWS_EC2_METADATA_DISABLED"] = "true";
  EXPECT_THAT(world.failure(), HasSubstr("switched off"));
  EXPECT_EQ(world.asked.size(), 1U);
}

TEST(Chain, one_error_lists_every_source) {
  World world;
  EXPECT_EQ(world.failure(),
            "no credentials for S3 were found\n"
            "environment: AWS_ACCESS_KEY_ID is not set\n"
            "role of the profile: no role_arn\n"
            "web identity: AWS_ROLE_ARN is not set\n"
            "SSO: no sso_session\n"
            "keys of the profile: no profile `default`\n"
            "credential_process: no credential_process\n"
            "container: AWS_CONTAINER_CREDENTIALS_*_URI is not set\n"
            "instance metadata: the metadata service: cannot connect\n"
            "hint: export AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run `aws configure`\n"
            "hint: for a public bucket: cairn remote add NAME URL --anonymous\n");
  EXPECT_EQ(world.asked.size(), 1U);
}

TEST(Chain, a_source_that_fails_is_not_passed_over) {
  World world;
  world.files[kConfig] =
      "[default]\nrole_arn=arn:a\nsource_profile=b\naws_access_key_id=AKOTHER\n"
      "aws_secret_access_key=CANARY-1\n[profile "
      "b]\naws_access_key_id=AKB\naws_secret_access_key=CANARY-2";
  EXPECT_THAT(world.failure(),
              HasSubstr("role of the profile failed: role `arn:a`: STS: cannot connect"));
}

TEST(Chain, anonymous_is_asked_for_and_asks_nobody) {
  World world;
  auto chain = world.chain({.profile = "", .region = "", .anonymous = true});
  const auto got = chain.get({});
  ASSERT_TRUE(got.ok());
  EXPECT_EQ(*got, nullptr);
  EXPECT_TRUE(world.asked.empty());
  EXPECT_EQ(chain.describe(), "anonymous");
}

class Renewal : public testing::Test {
 protected:
  Renewal() {
    world_.files[kConfig] = "[default]\nweb_identity_token_file=/token\nrole_arn=arn:r";
    world_.files["/token"] = "CANARY";
    sts() = {200, World::sts_answer("ASIA1")};
    EXPECT_EQ(id(), "ASIA1");  // lives for 60 minutes
    sts() = {200, World::sts_answer("ASIA2")};
  }
  std::pair<int, std::string>& sts() { return world_.services["POST https://sts.amazonaws.com/"]; }
  std::string id() {
    auto got = chain_.get({});
    return got.ok() ? (*got)->access_key_id : got.error().message();
  }
  void wait_minutes(int minutes) { world_.clock.now += minutes * 60'000; }
  World world_;
  CredentialChain chain_ = world_.chain();
};

TEST_F(Renewal, not_before_15_minutes_are_left) {
  wait_minutes(44);
  EXPECT_EQ(id(), "ASIA1");
  wait_minutes(2);
  EXPECT_EQ(id(), "ASIA2");
}

TEST_F(Renewal, a_failure_is_harmless_until_10_minutes_are_left) {
  sts() = {500, ""};
  wait_minutes(46);
  EXPECT_EQ(id(), "ASIA1");
  EXPECT_EQ(id(), "ASIA1");
  EXPECT_EQ(world_.asked.size(), 2U);  // the second get waits a minute before it tries again
  wait_minutes(5);
  EXPECT_THAT(id(), HasSubstr("STS answered 500"));
}

TEST_F(Renewal, refused_credentials_are_renewed_once) {
  const auto old = *chain_.get({});
  chain_.invalidate(*old);
  EXPECT_EQ(id(), "ASIA2");
  chain_.invalidate(*old);  // of another thread, late
  sts() = {200, World::sts_answer("ASIA3")};
  EXPECT_EQ(id(), "ASIA2");
}

TEST_F(Renewal, many_ask_and_one_renews) {
  std::mutex mutex;
  std::condition_variable changed;
  int waiting = 0;
  world_.on_send = [&] {  // hold the renewal until all others had their chance to start one too
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return waiting == 7; });
  };
  wait_minutes(55);
  std::vector<std::string> ids(8);
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&, i] {
      if (i > 0) {
        const std::lock_guard lock(mutex);
        ++waiting;
        changed.notify_all();
      }
      ids[i] = id();
    });
  for (auto& thread : threads) thread.join();
  EXPECT_THAT(ids, testing::Each("ASIA2"));
  EXPECT_LE(world_.asked.size(), 2U);
}

}  // namespace
