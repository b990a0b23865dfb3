#include "foreign/dvc_hash.hpp"

#include <gtest/gtest.h>

#include <cstdio>

#include <sys/mman.h>

#include "base/file.hpp"
#include "foreign/dvc_config.hpp"

namespace cairn::foreign {
namespace {

base::Fd file_of(const std::string& text) {
  base::Fd fd(::memfd_create("dvc-hash", MFD_CLOEXEC));
  EXPECT_TRUE(base::pwrite_all(fd, base::view_of(text), 0, "memory").ok());
  return fd;
}

bool matches(const std::string& text, const std::string& md5, bool legacy) {
  const auto found = is_object(file_of(text), "memory", {md5, false, legacy});
  EXPECT_TRUE(found.ok());
  return found.ok() && *found;
}

// The digests are those of md5sum over the bytes named.
TEST(DvcHash, PlainDigest) {
  EXPECT_TRUE(matches("", "d41d8cd98f00b204e9800998ecf8427e", false));
  EXPECT_TRUE(matches("a\r\nb\n", "d644a230f3ef20b00879aaceb61790af", false));
  EXPECT_FALSE(matches("a\nb\n", "d644a230f3ef20b00879aaceb61790af", false));
}

TEST(DvcHash, LineEndsOfTextDoNotCountForOldObjects) {
  const std::string md5 = "dd8c6a395b5dd36c56d23275028f526c";  // of "a\nb\n"
  EXPECT_TRUE(matches("a\r\nb\n", md5, true));
  EXPECT_TRUE(matches("a\nb\n", md5, true));
  EXPECT_TRUE(matches("a\r\nb\r\n", md5, true));
  EXPECT_FALSE(matches("a\r\nb\n", md5, false));
  EXPECT_FALSE(matches("a\rb\n", md5, true));
}

TEST(DvcHash, BytesThatAreNoTextCountAsTheyAre) {
  using namespace std::string_literals;
  EXPECT_TRUE(matches("a\0\r\n"s, "a200e344e12b35719025ffdb8b428ee8", true));
  EXPECT_FALSE(matches("a\0\n"s, "a200e344e12b35719025ffdb8b428ee8", true));
}

TEST(DvcConfig, LaterFilesWin) {
  DvcSettings settings;
  const auto add = [&](const char* text, DvcConfigOrigin origin) {
    return add_dvc_config(text, "/repo/.dvc", origin, settings);
  };
  ASSERT_TRUE(
      add("# all\n[core]\n    remote = store\n['remote \"store\"']\n    url = s3://bucket/x\n"
          "    endpointurl = https://host:9000\n[remote \"near\"]\nurl = ../near\n",
          DvcConfigOrigin::kCommitted)
          .ok());
  EXPECT_EQ(settings.default_remote, "store");
  EXPECT_EQ(settings.remotes.at("store").url, "s3://bucket/x");
  EXPECT_EQ(settings.remotes.at("store").options.at("endpointurl"), "https://host:9000");
  EXPECT_TRUE(settings.remotes.at("store").committed);
  EXPECT_EQ(settings.remotes.at("near").url, "/repo/.dvc/../near");
  ASSERT_TRUE(add("[cache]\ndir = /shared/cache\n['remote \"store\"']\nurl = /mnt/x\n",
                  DvcConfigOrigin::kOwn)
                  .ok());
  EXPECT_EQ(settings.cache_directory, "/shared/cache");
  EXPECT_EQ(settings.remotes.at("store").url, "/mnt/x");
  EXPECT_FALSE(settings.remotes.at("store").committed);
  EXPECT_FALSE(add("[core\n", DvcConfigOrigin::kOwn).ok());
  EXPECT_FALSE(add("word\n", DvcConfigOrigin::kOwn).ok());
}

}  // namespace
}  // namespace cairn::foreign
