#include "git/url.hpp"

#include <gtest/gtest.h>

namespace cairn::git {
namespace {

std::string place(const std::string& url) {
  const auto found = place_of_url(url);
  return found.local ? "here" : found.host.empty() ? "nowhere" : found.host;
}

TEST(Url, HostsAreThoseThatGitAsks) {
  EXPECT_EQ(place("https://Example.org/x.git"), "example.org");
  EXPECT_EQ(place("https://me:word@example.org:8443/x"), "example.org");
  EXPECT_EQ(place("ssh://git@example.org:22/x"), "example.org");
  EXPECT_EQ(place("git@example.org:x/y"), "example.org");
  EXPECT_EQ(place("example.org:x"), "example.org");
}

TEST(Url, PathsAreHere) {
  for (const char* url :
       {"/srv/x", "../x", "x", "./a:b", "a/b:c", "file:///srv/x", "FILE:///x", ""})
    EXPECT_EQ(place(url), "here") << url;
}

TEST(Url, WhatTwoProgramsCouldReadDifferentlyHasNoHost) {
  for (const char* url :
       {"ext::sh -c id", "ext::x://example.org/", "ssh://evil.org%2f@example.org/x",
        "ssh://example.org#@evil.org/x", "ssh://example.org?@evil.org/x",
        "https://a\\@example.org/x", "https://a@b@example.org/x", "ssh://-oProxyCommand=x/y",
        "-oProxyCommand=x:y", "https:///x"})
    EXPECT_EQ(place(url), "nowhere") << url;
}

TEST(Url, SecretsAreSeenAndLeftOut) {
  EXPECT_TRUE(holds_secret("https://me:word@host/x"));
  EXPECT_TRUE(holds_secret("https://token@host/x"));
  EXPECT_TRUE(holds_secret("ssh://me:word@host/x"));
  EXPECT_FALSE(holds_secret("ssh://git@host/x"));
  EXPECT_FALSE(holds_secret("git@host:x"));
  EXPECT_FALSE(holds_secret("https://host/x@y"));
  EXPECT_FALSE(holds_secret("/srv/a@b"));
  EXPECT_EQ(without_user("https://me:word@host:1/x@y"), "https://host:1/x@y");
  EXPECT_EQ(without_user("git@host:x"), "git@host:x");
}

}  // namespace
}  // namespace cairn::git
