#include "config/config.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/remote_url.hpp"

namespace cairn::config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const std::string kProject(32, 'a');

Settings merged(const KeyValues& committed, const KeyValues& git_config = {},
                const std::map<std::string, std::string>& environment = {}) {
  auto settings = merge_settings(committed, git_config, environment);
  EXPECT_TRUE(settings.ok()) << settings.error().message();
  return settings.ok() ? *std::move(settings) : Settings();
}

Error refused(const KeyValues& committed, const KeyValues& git_config = {},
              const std::map<std::string, std::string>& environment = {}) {
  auto settings = merge_settings(committed, git_config, environment);
  EXPECT_FALSE(settings.ok());
  return settings.ok() ? Error(Code::kInternal, "accepted") : std::move(settings).error();
}

std::vector<std::string> names_of(const Settings& settings) {
  std::vector<std::string> names;
  for (const auto& remote : settings.remotes) {
    names.push_back(remote.name + (remote.committed ? "!" : "") + "=" + remote.url);
  }
  return names;
}

TEST(MergeSettings, HasDefaults) {
  const auto settings = merged({});
  EXPECT_EQ(settings.project, "");
  EXPECT_EQ(settings.store_directory, "");
  EXPECT_EQ(settings.link_mode, "copy");
  EXPECT_EQ(settings.default_remote, "");
  EXPECT_THAT(settings.remotes, IsEmpty());
  EXPECT_THAT(settings.warnings, IsEmpty());
}

TEST(MergeSettings, EnvironmentBeforeGitConfigBeforeCommitted) {
  const KeyValues committed = {{"cairn.project", kProject}, {"cairn.default-remote", "c"}};
  const KeyValues local = {{"cairn.store", "/g"},
                           {"cairn.link", "reflink"},
                           {"cairn.default-remote", "g"},
                           {"user.name", "\x01"}};
  auto settings = merged(committed);
  EXPECT_EQ(settings.project, kProject);
  EXPECT_EQ(settings.default_remote, "c");
  settings = merged(committed, local);
  EXPECT_EQ(settings.store_directory, "/g");
  EXPECT_EQ(settings.link_mode, "reflink");
  EXPECT_EQ(settings.default_remote, "g");
  settings = merged(committed, local,
                    {{"CAIRN_STORE", "/e"}, {"CAIRN_LINK", "hardlink"}, {"CAIRN_REMOTE", "e"}});
  EXPECT_EQ(settings.store_directory, "/e");
  EXPECT_EQ(settings.link_mode, "hardlink");
  EXPECT_EQ(settings.default_remote, "e");
  settings =
      merged(committed, local, {{"CAIRN_STORE", ""}, {"CAIRN_LINK", ""}, {"CAIRN_REMOTE", ""}});
  EXPECT_EQ(settings.store_directory, "/g");  // empty is unset
}

TEST(MergeSettings, LastValueOfAKeyCounts) {
  EXPECT_EQ(merged({}, {{"cairn.link", "copy"}, {"cairn.link", "symlink"}}).link_mode, "symlink");
}

TEST(MergeSettings, ProjectAndPinsComeFromTheCommittedFileOnly) {
  const auto settings =
      merged({{"cairn.format", "1"}, {"cairn.chunker", "gear1"}},
             {{"cairn.project", kProject}, {"cairn.format", "9"}, {"cairn.chunker", "x"}});
  EXPECT_EQ(settings.project, "");
  EXPECT_EQ(settings.chunker, "gear1");
}

TEST(MergeSettings, BothChunkersAreKnown) {
  EXPECT_EQ(merged({{"cairn.chunker", "structure1"}}).chunker, "structure1");
  EXPECT_EQ(merged({}).chunker, "gear1");
}

TEST(MergeSettings, NewerFormatsAreTooNew) {
  EXPECT_EQ(refused({{"cairn.format", "2"}}).code(), Code::kTooNew);
  EXPECT_EQ(refused({{"cairn.chunker", "gear2"}}).code(), Code::kTooNew);
  // Said before anything else that this program may not understand either.
  EXPECT_EQ(refused({{"cairn.project", "new-form"}, {"cairn.format", "2"}}).code(), Code::kTooNew);
  for (const char* value : {"0", "-1", "x", "", "1x", "99999999999999999999999"}) {
    EXPECT_EQ(refused({{"cairn.format", value}}).code(), Code::kCorrupt) << value;
  }
}

TEST(MergeSettings, ValuesOutOfFormAreRefused) {
  for (const std::string& project : {std::string(31, 'a'), std::string(33, 'a'),
                                     std::string(32, 'A'), std::string(32, 'g'), std::string()}) {
    EXPECT_EQ(refused({{"cairn.project", project}}).code(), Code::kCorrupt) << project;
  }
  EXPECT_EQ(refused({}, {{"cairn.link", "magic"}}).code(), Code::kCorrupt);
  EXPECT_EQ(refused({}, {}, {{"CAIRN_LINK", "magic"}}).code(), Code::kUsage);
  EXPECT_EQ(refused({}, {{"cairn.default-remote", "a/b"}}).code(), Code::kCorrupt);
  EXPECT_EQ(refused({}, {}, {{"CAIRN_REMOTE", "-x"}}).code(), Code::kUsage);
  EXPECT_EQ(refused({}, {}, {{"CAIRN_STORE", "a\nb"}}).code(), Code::kUsage);
  EXPECT_THAT(refused({}, {{"cairn.link", "magic"}}).message(),
              HasSubstr("`cairn.link` is `magic`"));
}

TEST(MergeSettings, ControlCharactersAreRefusedAndNotShown) {
  for (const std::string value : {"a\nb", "a\rb", "\x1b[31m", "\x7f", "\t"}) {
    EXPECT_EQ(refused({{"cairn.default-remote", value}}).code(), Code::kCorrupt);
    EXPECT_EQ(refused({{"cairn-remote.a.url", "s3://" + value}}).code(), Code::kCorrupt);
    EXPECT_EQ(refused({}, {{"cairn-remote.a.url", "/" + value}}).code(), Code::kCorrupt);
    const auto error = refused({}, {{"cairn.store", value}});
    EXPECT_EQ(error.code(), Code::kCorrupt);
    EXPECT_EQ(error.message().find(value), std::string::npos);
  }
}

TEST(MergeSettings, OtherCommittedKeysAreIgnoredWithAWarning) {
  const auto settings = merged({{"cairn.store", "/evil"},
                                {"cairn.link", "symlink"},
                                {"core.sshcommand", "touch /tmp/x\n"},
                                {"include.path", "/etc/passwd"},
                                {"remote.origin.url", "x"},
                                {"cairn-remote.a.pushurl", "s3://x"},
                                {"cairn-remote.a/b.url", "s3://x"},
                                {"cairn.new\x1b[0m", "1"}});
  EXPECT_EQ(settings.store_directory, "");
  EXPECT_EQ(settings.link_mode, "copy");
  EXPECT_THAT(settings.remotes, IsEmpty());
  ASSERT_EQ(settings.warnings.size(), 8U);
  EXPECT_THAT(settings.warnings[0], HasSubstr("`cairn.store` may not be set there"));
  EXPECT_EQ(settings.warnings[7].find('\x1b'), std::string::npos);
}

TEST(MergeSettings, RemotesInOrderAndLocalOnesInPlaceOfCommitted) {
  const auto settings = merged(
      {{"cairn-remote.prod.url", "s3://bucket/x"}, {"cairn-remote.Mirror.a.url", "https://h/x"}},
      {{"cairn-remote.disk.url", "../data"},
       {"cairn-remote.prod.url", "/mnt/x"},
       {"remote.origin.url", "y"}});
  EXPECT_THAT(names_of(settings),
              ElementsAre("prod=/mnt/x", "Mirror.a!=https://h/x", "disk=../data"));
}

TEST(MergeSettings, CommittedDirectoriesAndSecretsAreIgnored) {
  const auto settings = merged({{"cairn-remote.a.url", "/srv/data"},
                                {"cairn-remote.b.url", "../data"},
                                {"cairn-remote.c.url", "file:///srv"},
                                {"cairn-remote.d.url", "FILE:///srv"},
                                {"cairn-remote.e.url", "https://user:secret@host/x"},
                                {"cairn-remote.f.url", "s3://bucket/a@b"}});
  EXPECT_THAT(names_of(settings), ElementsAre("f!=s3://bucket/a@b"));
  ASSERT_EQ(settings.warnings.size(), 5U);
  EXPECT_THAT(settings.warnings[0], HasSubstr("`a` is ignored"));
  EXPECT_EQ(settings.warnings[4].find("secret"), std::string::npos);
}

TEST(MergeSettings, MalformedRemotesOfThisCloneAreRefused) {
  EXPECT_EQ(refused({}, {{"cairn-remote.a.url", ""}}).code(), Code::kCorrupt);
  EXPECT_EQ(refused({}, {{"cairn-remote.-a.url", "/x"}}).code(), Code::kCorrupt);
  EXPECT_EQ(refused({}, {{"cairn-remote.a.url", "https://h/a%0Ab"}}).code(), Code::kCorrupt);
  EXPECT_EQ(refused({{"cairn-remote.a.url", "https://h/a%0db"}}).code(), Code::kCorrupt);
  EXPECT_EQ(refused({{"cairn-remote.a.url", ""}}).code(), Code::kCorrupt);
  EXPECT_THAT(names_of(merged({}, {{"cairn-remote.a.url", "/dir%0A"}})), ElementsAre("a=/dir%0A"));
}

TEST(RemoteName, IsPlain) {
  for (const char* name : {"a", "prod", "Prod-2_x.y", "0"})
    EXPECT_TRUE(valid_remote_name(name)) << name;
  EXPECT_TRUE(valid_remote_name(std::string(64, 'x')));
  EXPECT_FALSE(valid_remote_name(std::string(65, 'x')));
  for (const char* name : {"", "-a", ".a", "_a", "a/b", "a b", "a\n", "\xc3\xbc", "a=b", "a:b"}) {
    EXPECT_FALSE(valid_remote_name(name)) << name;
  }
}

TEST(AllowedInCommitted, IsASmallSet) {
  for (const char* key : {"cairn.format", "cairn.project", "cairn.chunker", "cairn.default-remote",
                          "cairn-remote.prod.url", "cairn-remote.a.b.url"}) {
    EXPECT_TRUE(allowed_in_committed(key)) << key;
  }
  for (const char* key :
       {"cairn.store", "cairn.link", "cairn", "", "cairn-remote.url", "cairn-remote..url",
        "cairn-remote.a.key", "remote.a.url", "core.editor", "cairn.formatx"}) {
    EXPECT_FALSE(allowed_in_committed(key)) << key;
  }
}

TEST(KnownKeys, NameEveryCommittableKey) {
  std::vector<std::string> keys;
  for (const auto& help : known_keys()) {
    keys.emplace_back(help.key);
    EXPECT_NE(std::string(help.values), "");
    EXPECT_NE(std::string(help.meaning), "");
  }
  EXPECT_THAT(keys, ::testing::IsSupersetOf({"cairn.format", "cairn.project", "cairn.chunker",
                                             "cairn.default-remote", "cairn-remote.<name>.url"}));
}

TEST(RemoteUrl, TellsDirectoriesApart) {
  for (const char* url :
       {"/srv", "srv", "../x", "file:///srv", "File://x", "c:/x", "a b://x", "://x"}) {
    EXPECT_TRUE(is_directory_url(url)) << url;
  }
  for (const char* url : {"s3://b", "https://h/x", "S3://b", "sftp+x://h"}) {
    EXPECT_FALSE(is_directory_url(url)) << url;
  }
}

TEST(RemoteUrl, FindsUserNames) {
  EXPECT_TRUE(has_user_info("https://a@h/x"));
  EXPECT_TRUE(has_user_info("https://a:b@h"));
  EXPECT_TRUE(has_user_info("https://@h"));
  EXPECT_FALSE(has_user_info("https://h/a@b"));
  EXPECT_FALSE(has_user_info("https://h?a@b"));
  EXPECT_FALSE(has_user_info("/a@b"));
}

}  // namespace
}  // namespace cairn::config
